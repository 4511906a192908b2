using Headgate.Protocol.Problems;
using Microsoft.AspNetCore.Http;

namespace Headgate.Silo.Problems;

/// <summary>Problem details for the refusals that the web server itself makes: no such path, wrong method, wrong type of body, too large.</summary>
internal static class StatusProblems
{
    /// <summary>The refusal that goes with a bare status.</summary>
    /// <param name="status">The status.</param>
    /// <param name="context">The request.</param>
    /// <param name="message">What the web server says, or null.</param>
    public static ProblemAnswer Of(int status, HttpContext context, string? message = null)
    {
        var path = context.Request.Path.Value;
        return status switch
        {
            StatusCodes.Status404NotFound => Problem.Of(ProblemCodes.NotFound, $"There is nothing at {path}."),
            StatusCodes.Status405MethodNotAllowed => Problem.Of(
                ProblemCodes.Invalid,
                $"{context.Request.Method} is not for {path}; allowed is {context.Response.Headers.Allow}.",
                status),
            StatusCodes.Status411LengthRequired => Problem.Of(ProblemCodes.Invalid, "The request says neither its length nor that it is chunked.", status),
            StatusCodes.Status413PayloadTooLarge => Problem.Of(ProblemCodes.Invalid, message ?? "The request's body is larger than is taken here.", status),
            StatusCodes.Status415UnsupportedMediaType => Problem.Of(
                ProblemCodes.Invalid,
                $"The body's content type is '{context.Request.ContentType}'; allowed is application/json.",
                status),
            StatusCodes.Status403Forbidden => Problem.Of(ProblemCodes.Forbidden, "The certificate does not allow this."),
            StatusCodes.Status429TooManyRequests => Problem.Of(ProblemCodes.TooMany, "There are too many requests from this source. Wait a minute, then try again."),
            >= 500 => Problem.Of(ProblemCodes.Internal, "The server failed.", status),
            _ => Problem.Of(ProblemCodes.Invalid, message ?? $"The request was refused with status {status}.", status),
        };
    }
}
