using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Problems;
using Microsoft.AspNetCore.Http;

namespace Headgate.Silo.Problems;

/// <summary>Every refusal of the silo's APIs, in one form (RFC 9457): which code has which status, title and retry flag is said here and nowhere else.</summary>
internal static class Problem
{
    public const string ContentType = "application/problem+json";

    /// <summary>A refusal.</summary>
    /// <param name="code">One of <see cref="ProblemCodes"/>.</param>
    /// <param name="detail">The sentence to show.</param>
    /// <param name="status">The status where it is not the code's usual one.</param>
    public static ProblemAnswer Of(string code, string detail, int? status = null)
    {
        var (usual, title, retry) = Kind(code);
        return new ProblemAnswer
        {
            Type = "urn:headgate:problem:" + code,
            Title = title,
            Status = status ?? usual,
            Detail = detail,
            Code = code,
            Retry = retry,
        };
    }

    /// <summary>A grain's refusal.</summary>
    public static ProblemAnswer Of(RefusedException refusal) =>
        Of(CodeOf(refusal.Reason), refusal.Message) with { Version = refusal.Version };

    /// <summary>Fields that cannot be.</summary>
    public static ProblemAnswer Of(InvalidRequestException invalid) =>
        Of(ProblemCodes.Invalid, invalid.Message) with { Errors = invalid.Errors };

    /// <summary>The code that answers a grain's reason.</summary>
    public static string CodeOf(RefusalReason reason) => reason switch
    {
        RefusalReason.Invalid => ProblemCodes.Invalid,
        RefusalReason.NotFound => ProblemCodes.NotFound,
        RefusalReason.Exists or RefusalReason.Changed => ProblemCodes.Conflict,
        RefusalReason.Revoked => ProblemCodes.Revoked,
        RefusalReason.CodeRefused => ProblemCodes.CodeRefused,
        RefusalReason.CodeUsed => ProblemCodes.CodeUsed,
        RefusalReason.TenantDisabled => ProblemCodes.TenantDisabled,
        RefusalReason.LeaseEnded => ProblemCodes.LeaseEnded,
        RefusalReason.RunLimit => ProblemCodes.RunLimit,
        RefusalReason.NoQuota => ProblemCodes.NoQuota,
        RefusalReason.QuotaExceeded => ProblemCodes.QuotaExceeded,
        RefusalReason.RunClosed => ProblemCodes.RunClosed,
        RefusalReason.Unavailable => ProblemCodes.Unavailable,
        RefusalReason.NeedsProvider => ProblemCodes.Forbidden,
        _ => ProblemCodes.Internal,
    };

    /// <summary>Writes the answer, unless one has begun; counts it.</summary>
    public static async Task WriteAsync(HttpContext context, ProblemAnswer problem)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Features.Get<IProblemObserver>()?.OnProblem(problem);
        problem = problem with { TraceId = context.TraceIdentifier };
        context.Response.StatusCode = problem.Status;
        context.Response.Headers.CacheControl = "no-store";
        if (problem is { Retry: true, Status: StatusCodes.Status503ServiceUnavailable } && context.Response.Headers.RetryAfter.Count == 0)
        {
            context.Response.Headers.RetryAfter = "5";
        }

        await context.Response.WriteAsJsonAsync(problem, ProtocolJson.Default.ProblemAnswer, ContentType, context.RequestAborted);
    }

    private static (int Status, string Title, bool Retry) Kind(string code) => code switch
    {
        ProblemCodes.Invalid => (StatusCodes.Status400BadRequest, "The request cannot be served as it is.", false),
        ProblemCodes.NotFound => (StatusCodes.Status404NotFound, "There is no such thing.", false),
        ProblemCodes.Conflict => (StatusCodes.Status409Conflict, "It exists already, or somebody changed it in the meantime.", false),
        ProblemCodes.Forbidden => (StatusCodes.Status403Forbidden, "The certificate does not allow this.", false),
        ProblemCodes.Revoked => (StatusCodes.Status403Forbidden, "The certificate was revoked.", false),
        ProblemCodes.CodeRefused => (StatusCodes.Status403Forbidden, "The enrolment code is not taken.", false),
        ProblemCodes.CodeUsed => (StatusCodes.Status403Forbidden, "The enrolment code was used.", false),
        ProblemCodes.TenantDisabled => (StatusCodes.Status403Forbidden, "The tenant is disabled.", false),
        ProblemCodes.LeaseEnded => (StatusCodes.Status403Forbidden, "The lease of service has ended.", false),
        ProblemCodes.RunLimit => (StatusCodes.Status429TooManyRequests, "As many jobs run as may.", true),
        ProblemCodes.NoQuota => (StatusCodes.Status403Forbidden, "There is no quota on that repository.", false),
        ProblemCodes.QuotaExceeded => (StatusCodes.Status507InsufficientStorage, "The quota is used up.", false),
        ProblemCodes.RunClosed => (StatusCodes.Status409Conflict, "The run is not open.", false),
        ProblemCodes.Unavailable => (StatusCodes.Status503ServiceUnavailable, "Something that is needed is away.", true),
        ProblemCodes.StorageFull => (StatusCodes.Status507InsufficientStorage, "The server's database is full.", true),
        ProblemCodes.VersionMismatch => (StatusCodes.Status426UpgradeRequired, "The versions do not work together.", false),
        ProblemCodes.TooMany => (StatusCodes.Status429TooManyRequests, "Too many requests.", true),
        _ => (StatusCodes.Status500InternalServerError, "A fault of the server.", true),
    };
}
