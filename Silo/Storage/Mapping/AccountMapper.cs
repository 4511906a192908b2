using Headgate.Grains;
using Headgate.Silo.Grains.Accounts;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage.Mapping;

/// <summary>
/// Accounts. What no single account can know is refused in here, inside the transaction: that the tenant exists, and that an administrator remains who may sign
/// in (<see cref="Engines.DatabaseEngine.BeginWriteAsync"/>: transactions that write are serial).
/// </summary>
internal sealed class AccountMapper : IStateMapper<AccountState>
{
    public SubjectKind Kind => SubjectKind.Account;

    public async Task<(AccountState State, long Version)?> LoadAsync(SiloDbContext db, string key, CancellationToken cancellationToken)
    {
        var row = await db.Accounts.SingleOrDefaultAsync(row => row.Id == key, cancellationToken);
        if (row is null)
        {
            return null;
        }
        var codes = await db.RecoveryCodes.Where(code => code.Account == key).Select(code => code.CodeSha256).ToListAsync(cancellationToken);
        return (new AccountState
        {
            DisplayName = row.DisplayName,
            Role = row.Role,
            Tenant = row.Tenant,
            PasswordHash = row.PasswordHash,
            MustChangePassword = row.MustChangePassword,
            Disabled = row.Disabled,
            Stamp = row.Stamp,
            Wrong = new WrongAttempts(row.WrongAttempts, row.LockRounds, row.LockedUntil),
            AuthenticatorKey = row.AuthenticatorKey,
            PreparedKey = row.PreparedKey,
            LastTimeStep = row.LastTimeStep,
            RecoveryCodes = [.. codes.Select(code => ImmutableArray.Create(code))],
            LastSignIn = row.LastSignIn,
            Created = row.Created,
            Revision = row.Revision,
        }, row.Version);
    }

    public async Task InsertAsync(SiloDbContext db, string key, AccountState state, CancellationToken cancellationToken)
    {
        if (state.Tenant is { } tenant && !await db.Tenants.AnyAsync(row => row.Id == tenant, cancellationToken))
        {
            throw new RefusedException(RefusalReason.NotFound, $"There is no tenant '{tenant}'.");
        }
        db.Add(Row(key, state, 1));
        await CodesAsync(db, key, state, cancellationToken);
    }

    public async Task UpdateAsync(SiloDbContext db, string key, AccountState state, long expected, CancellationToken cancellationToken)
    {
        if (state.Disabled || state.Deleted)
        {
            await RequireAnotherAdministratorAsync(db, key, state.Deleted ? "deleted" : "disabled", cancellationToken);
        }
        if (state.Deleted)
        {
            db.DeleteRoot(Row(key, state, expected), expected);
            return;
        }
        db.UpdateRoot(Row(key, state, expected + 1), expected);
        await CodesAsync(db, key, state, cancellationToken);
    }

    public async Task DeleteAsync(SiloDbContext db, string key, long expected, CancellationToken cancellationToken)
    {
        await RequireAnotherAdministratorAsync(db, key, "deleted", cancellationToken);
        db.DeleteRoot(Row(key, new AccountState(), expected), expected);
    }

    // Asks the row and not the state for its role, and lets go what does not take an administrator away: a disabled one may be changed in other ways.
    private static async Task RequireAnotherAdministratorAsync(SiloDbContext db, string key, string what, CancellationToken cancellationToken)
    {
        var active = db.Accounts.Where(row => row.Role == AccountRole.Administrator && !row.Disabled);
        if (await active.AnyAsync(row => row.Id == key, cancellationToken) && !await active.AnyAsync(row => row.Id != key, cancellationToken))
        {
            throw new RefusedException(
                RefusalReason.Invalid,
                $"Account '{key}' is the only administrator that may sign in and cannot be {what}. Make or enable another administrator first.");
        }
    }

    private static Task CodesAsync(SiloDbContext db, string key, AccountState state, CancellationToken cancellationToken) => db.ReconcileAsync(
        db.RecoveryCodes.Where(row => row.Account == key),
        state.RecoveryCodes.Select(code => new RecoveryCodeRow { Account = key, CodeSha256 = [.. code] }),
        cancellationToken);

    private static AccountRow Row(string key, AccountState state, long version) => new()
    {
        Id = key,
        DisplayName = state.DisplayName,
        Role = state.Role,
        Tenant = state.Tenant,
        PasswordHash = state.PasswordHash,
        MustChangePassword = state.MustChangePassword,
        Disabled = state.Disabled,
        Stamp = state.Stamp,
        WrongAttempts = state.Wrong.Count,
        LockRounds = state.Wrong.Rounds,
        LockedUntil = state.Wrong.LockedUntil,
        AuthenticatorKey = state.AuthenticatorKey,
        PreparedKey = state.PreparedKey,
        LastTimeStep = state.LastTimeStep,
        LastSignIn = state.LastSignIn,
        Created = state.Created,
        Revision = state.Revision,
        Version = version,
    };
}
