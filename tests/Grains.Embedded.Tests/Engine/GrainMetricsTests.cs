using System.Diagnostics.Metrics;
using Headgate.Grains.Embedded.Tests.Calls;
using Headgate.Grains.Embedded.Tests.Lifecycle;
using Headgate.Grains.Embedded.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Grains.Embedded.Tests.Engine;

public sealed class GrainMetricsTests
{
    [Fact]
    public async Task Metrics_CountTimeoutsRefusalsAndFailures()
    {
        await using var host = await TestHost.StartAsync();
        var factory = host.Client.ServiceProvider.GetRequiredService<IMeterFactory>();
        var (counts, tags, gate) = (new Dictionary<string, long>(), "", Gate.NewName());
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Headgate.Grains" && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, given, _) =>
        {
            counts[instrument.Name] = counts.GetValueOrDefault(instrument.Name) + value;
            tags = given.Length > 0 ? $"{given[0].Key}={given[0].Value}" : tags;
        });
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => counts[instrument.Name] = value);
        listener.Start();

        var stuck = host.Get<ITurnGrain>("a").PassAsync(gate);
        await Gate.Named(gate).ReachedAsync();
        listener.RecordObservableInstruments();
        Assert.Equal(1, counts["headgate.grains.activations"]);
        host.Time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<TimeoutException>(() => stuck.Soon());
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Get<ILifeGrain>("ctor" + gate).TouchAsync().Soon());
        Gate.Named(gate).Open();
        await host.StopAsync();
        await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => host.Get<ITurnGrain>("a").PassAsync(gate).Soon());

        Assert.Equal(1, counts["headgate.grains.calls.timeouts"]);
        Assert.Equal(1, counts["headgate.grains.activations.failed"]);
        Assert.Equal(1, counts["headgate.grains.calls.refused"]);
        Assert.Equal("phase=Stopped", tags);
    }
}
