using Microsoft.Extensions.Logging;

namespace Headgate.Portal.Provider.Gateways;

/// <summary>Log messages of the gateways' pages; event ids 2730 to 2739.</summary>
internal static partial class GatewayPagesLog
{
    [LoggerMessage(2730, LogLevel.Warning, "The gateways' loads could not be read; throughput is shown again when they can be")]
    public static partial void SampleFailed(ILogger logger, Exception exception);
}
