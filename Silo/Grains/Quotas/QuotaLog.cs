using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Grains.Quotas;

internal static partial class QuotaLog
{
    [LoggerMessage(2100, LogLevel.Warning, "The process {Epoch} of host {Host} of repository {Repository} asks for leases, but a later one has spoken or the host is fenced: refused for {Tenants} tenants.")]
    public static partial void Superseded(ILogger logger, string repository, string host, long epoch, int tenants);

    [LoggerMessage(2101, LogLevel.Warning, "Host {Host} gets no more bytes of quota {Quota}: since this silo was restored from a backup, host {Awaited} has not been heard. Start that host, or fence it.")]
    public static partial void Awaiting(ILogger logger, string host, string quota, string awaited);

    [LoggerMessage(2102, LogLevel.Information, "The use of quota {Quota} has risen above its soft limit: {Used} of {SoftLimit} bytes.")]
    public static partial void SoftLimitCrossed(ILogger logger, string quota, long used, long softLimit);

    [LoggerMessage(2103, LogLevel.Information, "On quota {Quota}, host {Host} is fenced; {Freed} bytes that it held unused are free again.")]
    public static partial void Fenced(ILogger logger, string quota, string host, long freed);

    [LoggerMessage(2104, LogLevel.Warning, "Hosts use and hold {Taken} bytes of quota {Quota}, more than its limit of {Limit}: nothing is granted until it fits again.")]
    public static partial void OverCommitted(ILogger logger, long taken, string quota, long limit);
}
