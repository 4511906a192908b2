namespace Headgate.Portal;

/// <summary>A field that somebody else changed while it was edited here.</summary>
/// <param name="Field">Its label.</param>
/// <param name="Mine">What was typed here.</param>
/// <param name="Theirs">What is stored now.</param>
public sealed record Conflict(string Field, string Mine, string Theirs);
