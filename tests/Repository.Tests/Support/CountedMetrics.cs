using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Headgate.Repository.Tests.Support;

/// <summary>What one repository's meter counted: instrument and tag value to sum.</summary>
internal sealed class CountedMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _sums = new();

    public CountedMetrics(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == RepositoryMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var tag = tags.Length > 0 ? "/" + tags[0].Value : "";
            _sums.AddOrUpdate(instrument.Name["headgate.repository.".Length..] + tag, value, (_, sum) => sum + value);
        });
        _listener.Start();
    }

    public long this[string name] => _sums.GetValueOrDefault(name);

    /// <summary>Waits until it is <paramref name="sum"/>: what a peer sees may be a moment ahead of what is counted.</summary>
    public Task UntilAsync(string name, long sum) => Wait.ForAsync(() => this[name] == sum, () => $"{name} is {sum}, seen {this}");

    public override string ToString() => string.Join(", ", _sums.Select(pair => $"{pair.Key}={pair.Value}"));

    public void Dispose() => _listener.Dispose();
}
