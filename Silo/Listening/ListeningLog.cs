using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Listening;

/// <summary>Log messages of the listeners; event ids 2340 to 2359.</summary>
internal static partial class ListeningLog
{
    [LoggerMessage(2340, LogLevel.Warning, "The {Api} API refused a handshake from {Remote}: the certificate (SHA-256 {Hash}) is not of this authority.")]
    public static partial void ForeignCertificate(ILogger logger, ApiKind api, string remote, string hash);

    [LoggerMessage(2341, LogLevel.Debug, "The {Api} API refused {Method} {Path} from {Remote}: {Status} {Code}.")]
    public static partial void Refused(ILogger logger, ApiKind api, string method, string path, string remote, int status, string code);
}
