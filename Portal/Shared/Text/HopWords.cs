namespace Headgate.Portal;

/// <summary>Why a run used a gateway, as screens say it.</summary>
public static class HopWords
{
    /// <summary>A phrase such as <c>moved here when gtw1 fell silent</c>; null where nobody said.</summary>
    public static string? Of(PathStep step) => (step.Reason, step.After) switch
    {
        (PathReason.First, _) => "first of its list",
        (PathReason.Next, { } before) => $"{before} did not lead to the repository",
        (PathReason.Next, null) => "one before it did not lead to the repository",
        (PathReason.Behind, _) => "those before it in the list had just failed",
        (PathReason.Closed, { } before) => $"moved here when its connection over {before} was closed",
        (PathReason.Closed, null) => "moved here when its connection was closed",
        (PathReason.Silent, { } before) => $"moved here when {before} fell silent",
        (PathReason.Silent, null) => "moved here when the one before fell silent",
        _ => null,
    };
}
