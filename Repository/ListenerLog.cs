namespace Headgate.Repository;

/// <summary>What the listener says of connections that never became one.</summary>
internal static partial class ListenerLog
{
    [LoggerMessage(202, LogLevel.Information, "A connection was refused before TLS stood: {Reason}")]
    public static partial void Refused(ILogger logger, string reason);
}
