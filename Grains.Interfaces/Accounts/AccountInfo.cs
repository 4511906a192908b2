namespace Headgate.Grains;

/// <summary>An account as it was last written. No secret is in it.</summary>
/// <param name="Account">The user name.</param>
/// <param name="DisplayName">Free text.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Tenant">Its tenant, for <see cref="AccountRole.Tenant"/>; else null.</param>
/// <param name="Disabled">Whether it may not sign in.</param>
/// <param name="MustChangePassword">Whether its password was set by somebody else and must be changed before anything else.</param>
/// <param name="HasSecondFactor">Whether signing in takes a code of an authenticator, too.</param>
/// <param name="RecoveryCodesLeft">Unused recovery codes of the second factor.</param>
/// <param name="LockedUntil">Until when it is locked after wrong passwords, or null.</param>
/// <param name="LastSignIn">When it last signed in, or null.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Version">Counts administrators' changes; see <see cref="ChangeAccount.ExpectedVersion"/>.</param>
[GenerateSerializer, Immutable, Alias("headgate.account-info")]
public sealed record AccountInfo(
    string Account,
    string DisplayName,
    AccountRole Role,
    string? Tenant,
    bool Disabled,
    bool MustChangePassword,
    bool HasSecondFactor,
    int RecoveryCodesLeft,
    DateTimeOffset? LockedUntil,
    DateTimeOffset? LastSignIn,
    DateTimeOffset Created,
    long Version);
