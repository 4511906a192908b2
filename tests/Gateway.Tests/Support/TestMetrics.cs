using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Gateway.Tests.Support;

internal static class TestMetrics
{
    public static GatewayMetrics Create() => new(Factory(), new GatewayCounters(TimeProvider.System));

    public static IMeterFactory Factory() => new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
}
