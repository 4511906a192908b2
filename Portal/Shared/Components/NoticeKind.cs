namespace Headgate.Portal;

/// <summary>How much a notice matters.</summary>
public enum NoticeKind
{
    /// <summary>Worth knowing.</summary>
    Info,

    /// <summary>It worked.</summary>
    Success,

    /// <summary>Look at it soon.</summary>
    Warning,

    /// <summary>It did not work, or does not.</summary>
    Problem,
}
