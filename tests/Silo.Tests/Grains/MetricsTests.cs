using System.Diagnostics.Metrics;
using Headgate.Grains;
using Headgate.Silo.Grains;
using Headgate.Silo.Storage;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

public sealed class MetricsTests
{
    [Fact]
    public async Task Refusals_AndWrites_AreCountedByReasonAndOutcome()
    {
        await using var silo = await StartAsync();
        var seen = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name is GrainMetrics.MeterName or StorageMetrics.MeterName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        // Other tests run beside this one and have meters of the same names.
        var mine = new[] { "headgate.silo.refusals", "headgate.silo.storage.writes" };
        var scope = silo.Services.GetService(typeof(IMeterFactory));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, scope) && mine.Contains(instrument.Name))
            {
                lock (seen)
                {
                    seen.Add($"{instrument.Name} {value} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}");
                }
            }
        });
        listener.Start();

        await RefusedAsync(RefusalReason.NotFound, () => silo.Tenant("nobody").GetAsync(default));
        await silo.Gateway("gtw1").CreateAsync(new CreateGateway(GatewayMode.Direct, "192.0.2.1", 6180, 100, []), default);
        await RefusedAsync(
            RefusalReason.Exists, () => silo.Gateway("gtw2").CreateAsync(new CreateGateway(GatewayMode.Direct, "192.0.2.1", 6180, 100, []), default));

        lock (seen)
        {
            Assert.Equal(
                [
                    "headgate.silo.refusals 1 grain=ITenantGrain reason=NotFound",
                    "headgate.silo.storage.writes 1 outcome=written",
                    "headgate.silo.storage.writes 1 outcome=duplicate",
                    "headgate.silo.refusals 1 grain=IGatewayGrain reason=Exists",
                ],
                seen);
        }
    }
}
