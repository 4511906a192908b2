namespace Headgate.Portal;

/// <summary>What came of an action that a person asked for.</summary>
/// <typeparam name="T">The answer.</typeparam>
/// <param name="Value">The answer, when it was done.</param>
/// <param name="IsDone">Whether it was done.</param>
/// <param name="Refusal">Why it was refused, or null.</param>
/// <param name="Sentence">What to tell the person when it was not done.</param>
public sealed record Outcome<T>(T? Value, bool IsDone, RefusedException? Refusal, string Sentence)
{
    /// <summary>Whether somebody else changed the thing first: show both values.</summary>
    public bool IsConflict => Refusal?.Reason == RefusalReason.Changed;
}
