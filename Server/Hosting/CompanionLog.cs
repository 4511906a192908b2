namespace Headgate.Server.Hosting;

/// <summary>Log messages of the parts in the server's process; event ids 2360 to 2379.</summary>
internal static partial class CompanionLog
{
    [LoggerMessage(2360, LogLevel.Critical, "The {Part} in this process ended with exit code {ExitCode}; the server ends with it.")]
    public static partial void Ended(ILogger logger, string part, int exitCode);

    [LoggerMessage(2361, LogLevel.Critical, "The {Part} in this process failed; the server ends with it.")]
    public static partial void Failed(ILogger logger, Exception exception, string part);
}
