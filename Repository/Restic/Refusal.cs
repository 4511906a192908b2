namespace Headgate.Repository.Restic;

/// <summary>A refused request.</summary>
/// <param name="Reason">Why, for counters and logs.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The problem's code.</param>
/// <param name="Sentence">What is wrong and what to do. ASCII without line breaks: it is the reason phrase, which is all that restic prints.</param>
/// <param name="Field">For a value that cannot be, its name.</param>
internal sealed record Refusal(RefusalReason Reason, int Status, string Code, string Sentence, string? Field = null);
