namespace Headgate.Grains;

/// <summary>How signing in went.</summary>
[GenerateSerializer]
public enum SignInOutcome
{
    /// <summary>Signed in.</summary>
    Accepted = 0,

    /// <summary>No such account, another role's, disabled, a wrong password, or a stamp of the first step that no longer holds: which one is not told.</summary>
    Refused = 1,

    /// <summary>Too many wrong attempts; nothing was compared. It ends by itself.</summary>
    LockedOut = 2,

    /// <summary>The password is right; ask for the second factor's code.</summary>
    CodeNeeded = 3,

    /// <summary>The password is right, the code is wrong or was used before. Counts as a wrong attempt.</summary>
    CodeRefused = 4,
}
