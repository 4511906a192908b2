using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Problems;

/// <summary>Log messages of refusals; event ids 2320 to 2339.</summary>
internal static partial class ProblemLog
{
    [LoggerMessage(2320, LogLevel.Error, "{Method} {Path} failed; the answer's traceId is {TraceId}.")]
    public static partial void Unexpected(ILogger logger, Exception exception, string method, string path, string traceId);

    [LoggerMessage(2321, LogLevel.Warning, "{Method} {Path} was answered with 503 or 507; the answer's traceId is {TraceId}.")]
    public static partial void Unavailable(ILogger logger, Exception exception, string method, string path, string traceId);
}
