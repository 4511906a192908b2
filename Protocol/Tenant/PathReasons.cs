namespace Headgate.Protocol.Tenant;

/// <summary>Why a run first used a gateway, as <see cref="PathEntry.Reason"/> says it. A word that is not known means nothing.</summary>
public static class PathReasons
{
    /// <summary>The first of its list.</summary>
    public const string First = "first";

    /// <summary><see cref="PathEntry.After"/>, which comes before it, did not lead to the repository.</summary>
    public const string Next = "next";

    /// <summary>Those before it in the list had failed shortly before.</summary>
    public const string Behind = "behind";

    /// <summary>A stream moved here when its connection over <see cref="PathEntry.After"/> was closed.</summary>
    public const string Closed = "closed";

    /// <summary>A stream moved here when nothing came over <see cref="PathEntry.After"/> any more.</summary>
    public const string Silent = "silent";
}
