using System.Collections.Concurrent;
using System.Diagnostics;
using Headgate.Relay.Bench.Peers;

namespace Headgate.Relay.Bench.Soak;

/// <summary>Mixed load on a gateway for some time, and whether what it holds is flat.</summary>
internal sealed class SoakRun(World world, Peer gateway, TimeSpan length)
{
    /// <summary>In less, the heap has not found its size, and its growth says nothing.</summary>
    private static readonly TimeSpan s_tellsOfMemory = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_givenBackWithin = TimeSpan.FromSeconds(60);
    private readonly ConcurrentDictionary<string, int> _turns = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Whether all was flat and given back.</summary>
    public async Task<bool> RunAsync()
    {
        var loads = new Loads(world, gateway);
        var before = Sample.Of(gateway.Pids[0], _clock.Elapsed);
        Console.WriteLine($"{before}  before");

        using var stop = new CancellationTokenSource(length);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        var running = loads.All.SelectMany(load => Enumerable.Range(0, load.AtOnce).Select(_ => RepeatAsync(load.Name, load.Turn, failed))).ToArray();
        var samples = await SampleAsync(failed.Token);
        await Task.WhenAll(running);
        world.MustBeAlive();

        await loads.BulkAsync(CancellationToken.None);
        Console.WriteLine($"Turns: {string.Join(", ", loads.All.Select(load => $"{load.Name} {_turns.GetValueOrDefault(load.Name)}"))}.");
        // No short circuits: each says what it found.
        return IsFlat(samples) & await IsGivenBackAsync(before) & HasNoFaults();
    }

    private async Task RepeatAsync(string name, Func<CancellationToken, Task> turn, CancellationTokenSource stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await turn(stop.Token);
                _turns.AddOrUpdate(name, 1, (_, count) => count + 1);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The time is over.
        }
        catch (Exception e)
        {
            await stop.CancelAsync();
            throw new BenchException($"The load '{name}' failed after {_clock.Elapsed.TotalSeconds:0} s: {e.Message}");
        }
    }

    private async Task<List<Sample>> SampleAsync(CancellationToken cancellationToken)
    {
        var samples = new List<Sample>();
        var said = TimeSpan.Zero;
        while (!cancellationToken.IsCancellationRequested)
        {
            world.MustBeAlive();
            samples.Add(Sample.Of(gateway.Pids[0], _clock.Elapsed));
            if (samples.Count == 1 || _clock.Elapsed - said >= length / 20)
            {
                said = _clock.Elapsed;
                Console.WriteLine(samples[^1]);
            }

            await Task.Delay(TimeSpan.FromSeconds(length.TotalSeconds >= 300 ? 3 : 0.5), cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        return samples;
    }

    private bool IsFlat(List<Sample> samples)
    {
        // The first tenth is warm-up; of the rest, the first third beside the last.
        var warm = samples[(samples.Count / 10)..];
        var third = Math.Max(1, warm.Count / 3);
        var isFlat = true;
        Console.WriteLine($"{"",-16}{"first third",12}{"last third",12}");
        foreach (var (name, value, share, slack) in Sample.Values)
        {
            var (first, last) = (Summary.Of(warm[..third].Select(value)).Median, Summary.Of(warm[^third..].Select(value)).Median);
            var grows = last > (first * (1 + share)) + slack;
            isFlat &= !grows;
            Console.WriteLine($"{name,-16}{first,12:0.0}{last,12:0.0}  {(grows ? "GROWS" : "flat")}");
        }

        if (length >= s_tellsOfMemory)
        {
            return isFlat;
        }

        Console.WriteLine($"Less than {s_tellsOfMemory.TotalMinutes:0} minutes say little of growth.");
        return true;
    }

    /// <summary>Whether the gateway logged no error of its own.</summary>
    private bool HasNoFaults()
    {
        var faults = gateway.Log.Where(line => line.Contains(" fail: ", StringComparison.Ordinal) || line.Contains(" crit: ", StringComparison.Ordinal)).ToArray();
        Console.WriteLine($"Errors in the gateway's log: {faults.Length}.");
        Array.ForEach(faults[..Math.Min(5, faults.Length)], Console.WriteLine);
        return faults.Length == 0;
    }

    private async Task<bool> IsGivenBackAsync(Sample before)
    {
        var (began, after) = (_clock.Elapsed, before);
        while (_clock.Elapsed - began < s_givenBackWithin)
        {
            after = Sample.Of(gateway.Pids[0], _clock.Elapsed);
            // Pipes are kept for the next bytes, programs' files stay loaded; sockets do not.
            if (after.Sockets <= before.Sockets)
            {
                Console.WriteLine($"{after}  after: given back");
                return true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250));
        }

        Console.WriteLine($"{after}  after: NOT GIVEN BACK");
        return false;
    }
}
