namespace Headgate.Portal;

/// <summary>What a colour means; never told by colour alone.</summary>
public enum Tone
{
    /// <summary>Nothing to say: off, ended, not yet.</summary>
    Neutral,

    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Going on.</summary>
    Active,

    /// <summary>Look at it soon.</summary>
    Warning,

    /// <summary>Look at it now.</summary>
    Bad,
}
