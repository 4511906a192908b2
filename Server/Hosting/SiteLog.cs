namespace Headgate.Server.Hosting;

/// <summary>Log messages of the sites' hosting; event ids 2380 to 2399.</summary>
internal static partial class SiteLog
{
    [LoggerMessage(2380, LogLevel.Information, "{Path} was replaced; the new certificate ends at {NotAfter:O}")]
    public static partial void CertificateReplaced(ILogger logger, string path, DateTime notAfter);

    [LoggerMessage(2381, LogLevel.Warning, "{Path} or its key cannot be read; the certificate before it stays in use")]
    public static partial void CertificateUnreadable(ILogger logger, Exception exception, string path);
}
