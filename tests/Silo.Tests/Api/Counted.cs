using System.Diagnostics.Metrics;
using Headgate.Silo.Listening;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Api;

/// <summary>What the counters of a world's APIs were given since this was made: <c>name tag=value</c>.</summary>
internal sealed class Counted : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _sums = [];

    public Counted(SiloWorld world)
    {
        var meter = world.Services.GetRequiredService<IMeterFactory>().Create(ApiMetrics.MeterName);
        _listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var name = string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}").Prepend(instrument.Name["headgate.silo.".Length..]));
            lock (_sums)
            {
                _sums[name] = _sums.GetValueOrDefault(name) + value;
            }
        });
        _listener.Start();
    }

    public long this[string name]
    {
        get
        {
            lock (_sums)
            {
                return _sums.GetValueOrDefault(name);
            }
        }
    }

    public async Task UntilAsync(string name, long least)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (this[name] < least)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{name} is {this[name]}, not {least}. There are: {this}");
            await Task.Delay(50);
        }
    }

    public override string ToString()
    {
        lock (_sums)
        {
            return string.Join(", ", _sums.Select(sum => $"{sum.Key}: {sum.Value}"));
        }
    }

    public void Dispose() => _listener.Dispose();
}
