using Headgate.Grains;

namespace Headgate.Silo.Grains.Accounts;

/// <summary>What interleaving reads see of an account.</summary>
internal sealed record AccountView(AccountInfo Info, string Stamp)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(AccountView);

    public static AccountView Of(string key, AccountState state) => new(
        new AccountInfo(
            key,
            state.DisplayName,
            state.Role,
            state.Tenant,
            state.Disabled,
            state.MustChangePassword,
            state.AuthenticatorKey is not null,
            state.RecoveryCodes.Count,
            state.Wrong.LockedUntil,
            state.LastSignIn,
            state.Created,
            state.Revision),
        state.Stamp);

    /// <summary>The account; a lock that has ended is none.</summary>
    public AccountInfo At(DateTimeOffset now) => Info.LockedUntil <= now ? Info with { LockedUntil = null } : Info;
}
