namespace Headgate.Portal.Tenants.Recovery;

/// <summary>A line of the recovery sheet.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Label">Its name, where it has one.</param>
/// <param name="Text">What it says.</param>
internal sealed record RecoveryLine(RecoveryLineKind Kind, string Label, string Text)
{
    /// <summary>A sentence.</summary>
    public static RecoveryLine Say(string text) => new(RecoveryLineKind.Sentence, "", text);

    /// <summary>Something that is known.</summary>
    public static RecoveryLine Fact(string label, string text) => new(RecoveryLineKind.Fact, label, text);

    /// <summary>Something to fill in by hand.</summary>
    public static RecoveryLine Blank(string label) => new(RecoveryLineKind.Blank, label, "");

    /// <summary>Something to type.</summary>
    public static RecoveryLine Command(string text) => new(RecoveryLineKind.Command, "", text);
}
