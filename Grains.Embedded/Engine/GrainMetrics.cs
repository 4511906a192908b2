using System.Diagnostics.Metrics;

namespace Orleans.Engine;

/// <summary>What the engine counts.</summary>
internal sealed class GrainMetrics
{
    private readonly Counter<long> _timeouts;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _failed;

    internal GrainMetrics(IMeterFactory factory, Func<int> activations)
    {
        var meter = factory.Create("Headgate.Grains");
        meter.CreateObservableUpDownCounter("headgate.grains.activations", activations, "{activation}", "Activations in memory");
        _timeouts = meter.CreateCounter<long>("headgate.grains.calls.timeouts", "{call}", "Calls whose callers gave up waiting");
        _refused = meter.CreateCounter<long>("headgate.grains.calls.refused", "{call}", "Calls that were not taken, by the host's phase");
        _failed = meter.CreateCounter<long>("headgate.grains.activations.failed", "{activation}", "Activations that failed to begin");
    }

    internal void TimedOut(int calls)
    {
        if (calls > 0)
        {
            _timeouts.Add(calls);
        }
    }

    internal void Refused(string phase) => _refused.Add(1, new KeyValuePair<string, object?>("phase", phase));

    internal void ActivationFailed() => _failed.Add(1);
}
