using System.Diagnostics.Metrics;

namespace Headgate.Silo.Grains;

/// <summary>Counts what grains refuse, and faults that are answered nobody.</summary>
internal sealed class GrainMetrics
{
    public const string MeterName = "headgate.silo.grains";

    private readonly Counter<long> _refusals;
    private readonly Counter<long> _faults;
    private readonly Counter<long> _swept;
    private readonly Counter<long> _pauses;

    public GrainMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _refusals = meter.CreateCounter<long>("headgate.silo.refusals", "{refusal}", "Calls that a grain refused, by grain and reason; a refusal that passes through a second grain counts there too.");
        _faults = meter.CreateCounter<long>("headgate.silo.faults", "{fault}", "Faults behind work that goes on without them, by work: it is done again later.");
        _swept = meter.CreateCounter<long>("headgate.silo.swept", "{row}", "Rows that the sweeper ended.");
        _pauses = meter.CreateCounter<long>("headgate.silo.pauses", "{pause}", "Times that this silo was paused, or its clock set.");
    }

    public void Refused(string grain, string reason) => _refusals.Add(1, new("grain", grain), new("reason", reason));

    public void Fault(string work) => _faults.Add(1, new KeyValuePair<string, object?>("work", work));

    public void Paused() => _pauses.Add(1);

    public void Swept(int rows) => _swept.Add(rows);
}
