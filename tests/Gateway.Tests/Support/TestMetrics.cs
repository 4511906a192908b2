using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Gateway.Tests.Support;

internal static class TestMetrics
{
    public static GatewayMetrics Create(GatewayCounters? counters = null) =>
        new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(), counters ?? new GatewayCounters(TimeProvider.System));
}
