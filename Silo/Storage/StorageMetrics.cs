using System.Diagnostics.Metrics;

namespace Headgate.Silo.Storage;

/// <summary>Counts what the database does.</summary>
internal sealed class StorageMetrics
{
    public const string MeterName = "headgate.silo.storage";

    private readonly Counter<long> _writes;
    private readonly Counter<long> _commits;
    private readonly Counter<long> _repeats;
    private readonly Histogram<int> _batch;

    public StorageMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _writes = meter.CreateCounter<long>("headgate.silo.storage.writes", "{write}", "Writes by outcome: written, lost-race, duplicate, refused, failed, unknown.");
        _commits = meter.CreateCounter<long>("headgate.silo.storage.commits", "{commit}", "Transactions committed.");
        _repeats = meter.CreateCounter<long>("headgate.silo.storage.repeats", "{transaction}", "Transactions made again because they were lost before their commit.");
        _batch = meter.CreateHistogram<int>("headgate.silo.storage.batch", "{write}", "Writes in one transaction.");
    }

    public void Committed(int writes)
    {
        _commits.Add(1);
        _batch.Record(writes);
    }

    public void Repeated() => _repeats.Add(1);

    public void Wrote(string outcome) => _writes.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
