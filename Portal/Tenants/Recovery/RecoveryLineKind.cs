namespace Headgate.Portal.Tenants.Recovery;

/// <summary>What a line of the recovery sheet is.</summary>
internal enum RecoveryLineKind
{
    /// <summary>A sentence.</summary>
    Sentence,

    /// <summary>Something that is known, with its name.</summary>
    Fact,

    /// <summary>Something to fill in by hand.</summary>
    Blank,

    /// <summary>Something to type.</summary>
    Command,
}
