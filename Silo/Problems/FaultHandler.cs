using System.Data.Common;
using System.Text.Json;
using Headgate.Grains;
using Headgate.Protocol.Problems;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Engines;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Problems;

/// <summary>Turns what an endpoint throws into problem details. Only what nobody expected is logged as an error.</summary>
internal sealed class FaultHandler(ILogger<FaultHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            return true;
        }

        await Problem.WriteAsync(httpContext, Describe(httpContext, exception));
        return true;
    }

    private ProblemAnswer Describe(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case RefusedException refusal:
                return Problem.Of(refusal);
            case InvalidRequestException invalid:
                return Problem.Of(invalid);
            case BadHttpRequestException { InnerException: JsonException json }:
                return Malformed(json);
            case BadHttpRequestException bad:
                return StatusProblems.Of(bad.StatusCode, context, bad.Message);
            case var _ when DatabaseEngine.SaysFull(exception):
                ProblemLog.Unavailable(logger, exception, context.Request.Method, context.Request.Path, context.TraceIdentifier);
                return Problem.Of(
                    ProblemCodes.StorageFull, "The server's database has no room left: nothing was changed. Tell the provider; the change can be made again when there is room.");
            case TimeoutException or OrleansException or DbException or DbUpdateException or CommitUnknownException:
                ProblemLog.Unavailable(logger, exception, context.Request.Method, context.Request.Path, context.TraceIdentifier);
                return Problem.Of(
                    ProblemCodes.Unavailable, "The server cannot reach its storage or a part of itself for the moment. Try again; if it stays so, tell the provider.");
            default:
                ProblemLog.Unexpected(logger, exception, context.Request.Method, context.Request.Path, context.TraceIdentifier);
                return Problem.Of(
                    ProblemCodes.Internal, "The server failed in a way that nobody expected. Tell the provider the time and the traceId of this answer.");
        }
    }

    private static ProblemAnswer Malformed(JsonException json)
    {
        var field = json.Path?.TrimStart('$').TrimStart('.');
        return Problem.Of(ProblemCodes.Invalid, "The request's body is not the JSON that is expected here.") with
        {
            Errors = new Dictionary<string, string[]>
            {
                [string.IsNullOrEmpty(field) ? "body" : field] =
                    [$"cannot be read at line {json.LineNumber + 1}, byte {json.BytePositionInLine}; allowed is JSON as the API's description says."],
            },
        };
    }
}
