using System.Net;

namespace Headgate.Protocol.Problems;

/// <summary>A server refused a request with problem details. The message is the sentence to show.</summary>
public sealed class ProblemException : Exception
{
    /// <summary>A refusal with <paramref name="status"/> and <paramref name="problem"/>.</summary>
    public ProblemException(HttpStatusCode status, ProblemAnswer problem)
        : base(Describe(status, problem))
    {
        Status = status;
        Problem = problem;
    }

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>What the server said.</summary>
    public ProblemAnswer Problem { get; }

    /// <summary>One of <see cref="ProblemCodes"/>; <see cref="ProblemCodes.Internal"/> when the server named none.</summary>
    public string Code => Problem.Code ?? ProblemCodes.Internal;

    private static string Describe(HttpStatusCode status, ProblemAnswer problem)
    {
        var sentence = problem.Detail ?? problem.Title ?? $"The server answered {(int)status}.";
        return problem.Errors is { Count: > 0 } errors
            ? sentence + " " + string.Join(" ", errors.Select(error => $"{error.Key}: {string.Join(" ", error.Value)}"))
            : sentence;
    }
}
