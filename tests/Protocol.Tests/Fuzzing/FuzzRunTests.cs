using Headgate.Testing;
using Headgate.Testing.Fuzzing;

namespace Headgate.Protocol.Tests.Fuzzing;

/// <summary>That the fuzzing itself can fail.</summary>
public sealed class FuzzRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FuzzRunTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "brittle"));
        File.WriteAllBytes(Path.Combine(_folder.Path, "brittle", "one"), [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void RunMutations_WhenAnInputBreaksARule_SavesIt_AndSaysHowToMakeItAgain()
    {
        var run = new FuzzRun(new BrittleTarget(["even", "odd"]), _folder.Path);
        var fault = Assert.Throws<FuzzException>(() => run.RunMutations(5, 100_000, Path.Combine(_folder.Path, "failed")));
        Assert.Contains($"input {run.Input} of seed 5", fault.Message);
        var saved = File.ReadAllBytes(Assert.Single(Directory.EnumerateFiles(Path.Combine(_folder.Path, "failed"))));
        Assert.Contains((byte)0x42, saved);
        Assert.Equal(saved, run.Make(5, run.Input));
        Assert.Equal(saved, new FuzzRun(new BrittleTarget(["even", "odd"]), _folder.Path).Make(5, run.Input));
    }

    [Fact]
    public void RunCorpus_WhenItDoesNotReachAnOutcome_Fails() => Assert.Contains(
        "odd", Assert.Throws<FuzzException>(() => new FuzzRun(new BrittleTarget(["even", "odd"]), _folder.Path).RunCorpus()).Message);

    [Fact]
    public void Run_WhenAnOutcomeIsUnknown_Fails() =>
        Assert.Throws<FuzzException>(() => new FuzzRun(new BrittleTarget(["odd"]), _folder.Path).RunCorpus());

    [Fact]
    public void RequireFlatHeap_WhenATargetKeepsWhatItSaw_Fails()
    {
        var target = new BrittleTarget(["even", "odd"]) { Forgets = false, Breaks = false };
        var run = new FuzzRun(target, _folder.Path);
        run.RunMutations(5, 1_000, _folder.Path);
        Assert.Throws<FuzzException>(run.RequireFlatHeap);
        GC.KeepAlive(target);
    }

    private sealed class BrittleTarget(string[] outcomes) : IFuzzTarget
    {
        private readonly List<byte[]> _kept = [];

        public bool Forgets { get; init; } = true;

        public bool Breaks { get; init; } = true;

        public string Name => "brittle";

        public IReadOnlyList<string> Outcomes => outcomes;

        public IReadOnlyList<byte[]> Words => [];

        public int MaxBytes => 64;

        public byte[] Repair(byte[] input, FuzzRandom random) => input;

        public string Run(byte[] input, FuzzRandom random)
        {
            FuzzException.Require(!Breaks || !input.Contains((byte)0x42), "a byte that breaks it");
            if (!Forgets)
            {
                _kept.Add(new byte[16 * 1024]);
            }

            return input.Length % 2 == 0 ? "even" : "odd";
        }
    }
}
