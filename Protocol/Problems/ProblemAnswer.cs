namespace Headgate.Protocol.Problems;

/// <summary>A problem details answer as clients read it (RFC 9457), <c>application/problem+json</c>.</summary>
public sealed record ProblemAnswer
{
    /// <summary><c>urn:headgate:problem:&lt;code&gt;</c>.</summary>
    public string? Type { get; init; }

    /// <summary>A short title, the same for every answer of its type.</summary>
    public string? Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public int Status { get; init; }

    /// <summary>The sentence to show: what is wrong and what to do about it.</summary>
    public string? Detail { get; init; }

    /// <summary>One of <see cref="ProblemCodes"/>.</summary>
    public string? Code { get; init; }

    /// <summary>Whether trying again later can succeed without anybody changing anything.</summary>
    public bool Retry { get; init; }

    /// <summary>The current version, on a conflict.</summary>
    public long? Version { get; init; }

    /// <summary>What the answer is logged under at the server, to tell its operator.</summary>
    public string? TraceId { get; init; }

    /// <summary>For each field that cannot be: its value and what is allowed.</summary>
    public Dictionary<string, string[]>? Errors { get; init; }
}
