namespace Headgate.Testing.Fuzzing;

/// <summary>Runs a target over its corpus and over mutations of it. Reproducible: input N of a seed is always the same.</summary>
public sealed class FuzzRun
{
    private const long SlackBytes = 4 << 20;

    private readonly IFuzzTarget _target;
    private readonly IReadOnlyList<(string File, byte[] Bytes)> _corpus;
    private readonly Mutator _mutator;
    private readonly FuzzRandom _random = new(0);
    private readonly Dictionary<string, long> _outcomes = [];
    private readonly List<long> _heap = [];
    private long _input = -1;

    /// <summary>A run over the corpus in <paramref name="corpusFolder"/>, one input a file.</summary>
    public FuzzRun(IFuzzTarget target, string corpusFolder)
    {
        _target = target;
        _corpus = [.. Directory.EnumerateFiles(Path.Combine(corpusFolder, target.Name)).Order(StringComparer.Ordinal)
            .Select(static file => (Path.GetFileName(file), File.ReadAllBytes(file)))];
        FuzzException.Require(_corpus.Count > 0, $"The corpus of {target.Name} in {corpusFolder} is empty.");
        _mutator = new([.. _corpus.Select(static one => one.Bytes)], target.Words, target.MaxBytes);
    }

    /// <summary>How often each outcome came, corpus and mutations.</summary>
    public IReadOnlyDictionary<string, long> Outcomes => _outcomes;

    /// <summary>The heap after collections, in bytes: after the first hundredth of the inputs, half of them, all of them.</summary>
    public IReadOnlyList<long> Heap => _heap;

    /// <summary>The input under way, from 0; for a watchdog.</summary>
    public long Input => Volatile.Read(ref _input);

    /// <summary>Runs the corpus as it is.</summary>
    /// <exception cref="FuzzException">An input broke a rule, or an outcome is not reached.</exception>
    public void RunCorpus()
    {
        foreach (var (file, bytes) in _corpus)
        {
            _random.Restart(0, 0);
            Try(bytes, $"the corpus file {file}", saveTo: null);
        }

        var missing = _target.Outcomes.Except(_outcomes.Keys).ToArray();
        FuzzException.Require(missing.Length == 0, $"No file of the corpus of {_target.Name} reaches {string.Join(", ", missing)}.");
    }

    /// <summary>Runs <paramref name="inputs"/> mutations.</summary>
    /// <exception cref="FuzzException">An input broke a rule: the message says which, and where it was saved. Or the heap grew.</exception>
    public void RunMutations(ulong seed, long inputs, string saveTo)
    {
        for (var input = 0L; input < inputs; input++)
        {
            if (input == inputs / 100 || input == inputs / 2)
            {
                _heap.Add(GC.GetTotalMemory(forceFullCollection: true));
            }

            Volatile.Write(ref _input, input);
            Try(Make(seed, input), $"input {input} of seed {seed}", saveTo);
        }

        _heap.Add(GC.GetTotalMemory(forceFullCollection: true));
    }

    /// <summary>Fails when there is more on the heap at the end than at the beginning of the mutations.</summary>
    public void RequireFlatHeap() => FuzzException.Require(
        _heap[^1] <= _heap[0] + SlackBytes, $"The heap grew from {_heap[0]:n0} to {_heap[^1]:n0} bytes.");

    /// <summary>One input of a seed, as <see cref="RunMutations"/> makes it.</summary>
    public byte[] Make(ulong seed, long input)
    {
        _random.Restart(seed, input);
        return _target.Repair(_mutator.Next(_random), _random);
    }

    private void Try(byte[] bytes, string name, string? saveTo)
    {
        try
        {
            var outcome = _target.Run(bytes, _random);
            FuzzException.Require(_target.Outcomes.Contains(outcome), $"{outcome} is not among the known outcomes.");
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_outcomes, outcome, out _)++;
        }
        catch (Exception fault)
        {
            var saved = "";
            if (saveTo is not null)
            {
                Directory.CreateDirectory(saveTo);
                var file = Path.Combine(saveTo, $"{_target.Name}-{name.Replace(' ', '-')}");
                File.WriteAllBytes(file, bytes);
                saved = $" Saved as {file}.";
            }

            throw new FuzzException($"{_target.Name}, {name} ({bytes.Length} bytes): {fault.Message}{saved}", fault);
        }
    }
}
