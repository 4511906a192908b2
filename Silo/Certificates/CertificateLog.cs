using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Certificates;

/// <summary>Log messages of the authority; event ids 2300 to 2319, and of its roll-over, 2150 to 2169.</summary>
internal static partial class CertificateLog
{
    [LoggerMessage(2300, LogLevel.Warning, "Made the root certificate, valid until {NotAfter:u}. Its key is in {Path}: copy it to a safe place; it may be taken away from here.")]
    public static partial void RootMade(ILogger logger, string path, DateTime notAfter);

    [LoggerMessage(2301, LogLevel.Information, "Made an issuing certificate, valid until {NotAfter:u}.")]
    public static partial void IssuingMade(ILogger logger, DateTime notAfter);

    [LoggerMessage(2302, LogLevel.Warning, "The issuing certificate ends at {NotAfter:u} and a new one is due: put the root back at {Path} for a moment.")]
    public static partial void RootNeeded(ILogger logger, DateTime notAfter, string path);

    [LoggerMessage(2303, LogLevel.Information, "This silo's own certificate {Identity} is valid until {NotAfter:u}.")]
    public static partial void SiloCertificateMade(ILogger logger, string identity, DateTime notAfter);

    [LoggerMessage(2304, LogLevel.Error, "Renewing certificates failed; trying again in {RetryIn}.")]
    public static partial void RenewalFailed(ILogger logger, Exception exception, TimeSpan retryIn);

    [LoggerMessage(2150, LogLevel.Warning, "The authority {Fingerprint} is announced as the next one. Its key is in {Path}: copy it to a safe place; it is needed once more, to switch.")]
    public static partial void NextAnnounced(ILogger logger, string fingerprint, string path);

    [LoggerMessage(2151, LogLevel.Warning, "Certificates are issued under the authority {Fingerprint} from here on; {Former} is still trusted.")]
    public static partial void Switched(ILogger logger, string fingerprint, string former);

    [LoggerMessage(2152, LogLevel.Warning, "The authority {Fingerprint} is trusted no more.")]
    public static partial void Retired(ILogger logger, string fingerprint);

    [LoggerMessage(2153, LogLevel.Information, "{Path} is {Name} from here on.")]
    public static partial void RootFileMoved(ILogger logger, string path, string name);

    [LoggerMessage(2154, LogLevel.Error, "What {Identity} trusts could not be written down; its next request is asked again.")]
    public static partial void TrustNotWritten(ILogger logger, Exception exception, string identity);

    [LoggerMessage(2155, LogLevel.Error, "This silo's own certificate is due and cannot be renewed: {Why}")]
    public static partial void OwnNotRenewed(ILogger logger, string why);
}
