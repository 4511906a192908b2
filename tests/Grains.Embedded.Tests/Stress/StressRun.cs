using Orleans.Configuration;

namespace Headgate.Grains.Embedded.Tests.Stress;

/// <summary>Random calls of many callers over grains that come and go. Reproducible but for what the scheduler does.</summary>
/// <param name="Client">The grains' host.</param>
/// <param name="Calls">Calls in all.</param>
/// <param name="Keys">Among how many grains they are spread.</param>
internal sealed record StressRun(IClusterClient Client, int Calls, int Keys)
{
    private const int Callers = 64;
    private const int Parts = 10;

    private readonly List<long> _heap = [];
    private long _answered;
    private long _cancelled;
    private long _refused;

    /// <summary>Activations that nobody calls for a moment end.</summary>
    internal static void Collection(GrainCollectionOptions options) =>
        (options.CollectionAge, options.CollectionQuantum) = (TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(20));

    /// <summary>Makes the calls in ten parts, and measures the heap after each.</summary>
    internal async Task RunAsync(Action<string>? report = null)
    {
        for (var part = 0; part < Parts; part++)
        {
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(new Random((part * Callers) + caller)))));
            _heap.Add(GC.GetTotalMemory(forceFullCollection: true));
            report?.Invoke($"{part + 1}/{Parts}: {this}");
        }
    }

    /// <summary>The rules that were broken; for when the host has stopped.</summary>
    internal List<string> Faults()
    {
        List<string> faults = [];
        void Require(bool holds, string otherwise) => faults.AddRange(holds ? [] : [otherwise]);
        Require(StressGrain.Faults == 0, $"{StressGrain.Faults} times two turns, two calls or two activations of one key met");
        Require(StressGrain.Alive.All(static pair => pair.Value == 0), "an activation was not deactivated");
        Require(_answered > Calls * 0.8, $"only {_answered} answers");
        Require(_cancelled > 0, "no call was cancelled");
        Require(StressGrain.Activations > Math.Min(Keys * 2, Calls / 20), $"only {StressGrain.Activations} activations");
        Require(StressGrain.Ticks > 0, "no timer ticked");

        // An engine may give up on a call that met several activations in a row just when they ended.
        Require(_refused <= Calls / 100, $"{_refused} calls were refused");
        Require(_heap[^1] <= (_heap[1] * 1.25) + (8 << 20), $"the heap grew: {Heap}");
        return faults;
    }

    public override string ToString() =>
        $"{Calls:n0} calls by {Callers} callers over {Keys:n0} grains: {_answered:n0} answers, {_cancelled:n0} cancelled, {_refused:n0} refused, "
        + $"{StressGrain.Activations:n0} activations, {StressGrain.Ticks:n0} timer ticks, {StressGrain.Faults} faults; heap {Heap}";

    private string Heap => string.Join(", ", _heap.Select(static bytes => $"{bytes / 1048576.0:n1}")) + " MiB";

    private async Task CallAsync(Random random)
    {
        for (var i = 0; i < Calls / Callers / Parts; i++)
        {
            using var cancel = new CancellationTokenSource();
            try
            {
                var call = NextAsync(random, cancel.Token);
                if (random.Next(20) == 0)
                {
                    await cancel.CancelAsync();
                }

                Interlocked.Add(ref _answered, await call);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _cancelled);
            }
            catch (OrleansMessageRejectionException)
            {
                Interlocked.Increment(ref _refused);
            }
        }
    }

    private async Task<int> NextAsync(Random random, CancellationToken cancellationToken)
    {
        var key = random.Next(Keys);
        var grain = Client.GetGrain<IStressGrain>($"s{key}");
        if (random.Next(10) == 0)
        {
            await grain.EndAsync();
            return 1;
        }

        if (random.Next(10) == 0)
        {
            await Task.WhenAll(grain.PeekAsync(3), grain.PeekAsync(2));
            return 1;
        }

        // A call goes to higher keys only, so that no two calls cross.
        var next = random.Next(3) == 0 ? $"s{key + 1 + random.Next(Keys)}" : null;
        return await grain.WorkAsync(random.Next(1000), next, random.Next(2) == 0 ? cancellationToken : default);
    }
}
