using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Listening;

/// <summary>Log messages of the listeners; event ids 2340 to 2359 and 2120 to 2149.</summary>
internal static partial class ListeningLog
{
    [LoggerMessage(2340, LogLevel.Warning, "The {Api} API refused a handshake from {Remote}: the certificate (SHA-256 {Hash}) is not of this authority.")]
    public static partial void ForeignCertificate(ILogger logger, ApiKind api, string remote, string hash);

    [LoggerMessage(2341, LogLevel.Debug, "The {Api} API refused {Method} {Path} from {Remote}: {Status} {Code}.")]
    public static partial void Refused(ILogger logger, ApiKind api, string method, string path, string remote, int status, string code);

    [LoggerMessage(2342, LogLevel.Error, "The audit entry {Kind} of {Who} could not be written.")]
    public static partial void AuditFailed(ILogger logger, Exception exception, string kind, string who);

    [LoggerMessage(2343, LogLevel.Information, "Event stream of {Who} opened after {After}.")]
    public static partial void StreamOpened(ILogger logger, string who, long? after);

    [LoggerMessage(2344, LogLevel.Information, "Event stream of {Who} ended: {Reason}.")]
    public static partial void StreamEnded(ILogger logger, string who, string reason);

    [LoggerMessage(2345, LogLevel.Error, "Reading the edge log failed; trying again in {RetryIn}.")]
    public static partial void LogReadFailed(ILogger logger, Exception exception, TimeSpan retryIn);

    [LoggerMessage(2120, LogLevel.Information, "A connection to the {Api} API through gateway {Gateway} was ended: the gateway was revoked, or has enrolled again.")]
    public static partial void GatewayConnectionEnded(ILogger logger, ApiKind api, string gateway);

    [LoggerMessage(2125, LogLevel.Debug, "A connection to the {Api} API was closed: {Source} may hold {Limit} ({Setting}).")]
    public static partial void TooManyConnections(ILogger logger, ApiKind api, string source, int limit, string setting);

    [LoggerMessage(2126, LogLevel.Warning, "Which tenants have a bandwidth limit could not be read; what is known holds until it can.")]
    public static partial void LimitsNotRead(ILogger logger, Exception exception);

    [LoggerMessage(2127, LogLevel.Debug, "The bandwidth of tenant {Tenant} could not be shared out to gateway {Gateway}; it keeps its part.")]
    public static partial void BandwidthNotShared(ILogger logger, Exception exception, string tenant, string gateway);

    [LoggerMessage(2121, LogLevel.Error, "Which gateways to believe could not be read; those of the last look are.")]
    public static partial void GatewaysNotRead(ILogger logger, Exception exception);
}
