using System.Security.Cryptography;
using System.Text;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Storage;
using Microsoft.AspNetCore.Identity;

namespace Headgate.Silo.Grains.Accounts;

/// <summary>
/// Somebody who signs in. An attempt that was compared is counted and written whatever becomes of its caller; one on a locked account compares nothing. Wrong attempts on an account
/// are audited: the lock bounds them to a handful an hour. Those on names without an account are counted in a metric alone.
/// </summary>
[GrainType("account")]
internal sealed class AccountGrain(
    [PersistentState("account")] IPersistentState<AccountState> stored,
    TimeProvider time,
    PasswordWork passwords,
    SecondFactor factor,
    UnknownNames unknown,
    AccountMetrics metrics)
    : StoredGrain<AccountState, AccountView>(stored, time), IAccountGrain
{
    private const int MaxNameChars = 100;
    private const int MaxSourceChars = 64;
    private const int StampBytes = 20;

    protected override string Noun => UserName.IsValid(Key) ? $"account '{Key}'" : "account of that name";

    protected override string? Owner => State.Tenant;

    public async Task<CreatedAccount> CreateAsync(CreateAccount request, CancellationToken cancellationToken)
    {
        Actor.RefuseOthers("Making an account");
        if (!UserName.IsValid(Key))
        {
            throw Require.Invalid("account", Key, UserName.Allowed);
        }
        Require.Text("displayName", request.DisplayName, MaxNameChars);
        Require.Defined("role", request.Role);
        if (request.Role == AccountRole.Tenant)
        {
            Require.Identifier("tenant", request.Tenant);
        }
        else if (request.Tenant is not null)
        {
            throw Require.Invalid("tenant", request.Tenant, "nothing, for an administrator");
        }
        var password = request.Password ?? PasswordRules.Make();
        PasswordRules.Require(Key, password);
        RequireNew();
        var hash = await passwords.HashAsync(password, cancellationToken);
        (State.DisplayName, State.Role, State.Tenant, State.MustChangePassword) = (request.DisplayName, request.Role, request.Tenant, request.MustChangePassword);
        (State.PasswordHash, State.Stamp, State.Created) = (hash, NewStamp(), Now);
        Audit("account-created", $"{Noun}, '{request.DisplayName}', {(request.Tenant is { } tenant ? $"of tenant '{tenant}'" : "an administrator")}.");
        return new CreatedAccount(await SaveChangeAsync(cancellationToken), password);
    }

    public Task<AccountInfo> GetAsync(CancellationToken cancellationToken) => Task.FromResult(View.At(Now));

    public async Task<SignInAnswer> SignInAsync(SignInAttempt attempt, CancellationToken cancellationToken)
    {
        var password = attempt.Password ?? "";
        if (!UserName.IsValid(Key) || password.Length > PasswordRules.MaxLength)
        {
            // Nobody's, as everybody can tell: there is nothing to hide with work.
            metrics.SignIn("malformed");
            LeaveUnlessThere();
            return Answer(SignInOutcome.Refused);
        }
        if (!Exists || State.Role != attempt.Role || State.Disabled)
        {
            return await RefuseUnknownAsync(attempt.Role, password, cancellationToken);
        }
        if (State.Wrong.LockedAt(Now) is { } until)
        {
            metrics.SignIn("locked");
            return Answer(SignInOutcome.LockedOut) with { LockedUntil = until };
        }
        var verdict = await passwords.CompareAsync(State.PasswordHash, password, cancellationToken);
        if (verdict == PasswordVerificationResult.Failed)
        {
            await CountWrongAsync("sign-in-refused", "a wrong password", Source(attempt.Source));
            metrics.SignIn("wrong-password");
            return Answer(SignInOutcome.Refused);
        }
        if (verdict == PasswordVerificationResult.SuccessRehashNeeded)
        {
            await RehashAsync(password);
        }
        if (State.AuthenticatorKey is null)
        {
            return await AcceptAsync(attempt.Source);
        }
        if (verdict == PasswordVerificationResult.SuccessRehashNeeded)
        {
            await SaveAsync(CancellationToken.None);
        }
        metrics.SignIn("code-needed");
        return Answer(SignInOutcome.CodeNeeded) with { Stamp = View.Stamp };
    }

    public async Task<SignInAnswer> SignInWithCodeAsync(CodeAttempt attempt, CancellationToken cancellationToken)
    {
        if (!Exists || State.Role != attempt.Role || State.AuthenticatorKey is null || !IsCurrent(attempt.Stamp))
        {
            metrics.SignIn("stale-proof");
            LeaveUnlessThere();
            return Answer(SignInOutcome.Refused);
        }
        if (State.Wrong.LockedAt(Now) is { } until)
        {
            metrics.SignIn("locked");
            return Answer(SignInOutcome.LockedOut) with { LockedUntil = until };
        }
        if (!TakeCode(attempt))
        {
            await CountWrongAsync("sign-in-refused", "the password and a wrong or used code", Source(attempt.Source));
            metrics.SignIn("wrong-code");
            return Answer(SignInOutcome.CodeRefused);
        }
        return await AcceptAsync(attempt.Source);
    }

    public Task<bool> CheckAsync(string stamp, CancellationToken cancellationToken)
    {
        if (!IsPublished)
        {
            LeaveUnlessThere();
            return Task.FromResult(false);
        }
        return Task.FromResult(IsCurrent(stamp));
    }

    public async Task<string> ChangePasswordAsync(string current, string replacement, CancellationToken cancellationToken)
    {
        RequireExisting();
        PasswordRules.Require(Key, replacement);
        await ProveAsync(current, cancellationToken);
        if (replacement == current)
        {
            throw new RefusedException(RefusalReason.Invalid, "password: it is the one in force; choose another.");
        }
        State.PasswordHash = await passwords.HashAsync(replacement, cancellationToken);
        (State.Wrong, State.MustChangePassword) = (WrongAttempts.None, false);
        Audit("password-changed", $"{Noun}, by its user.");
        return await SaveStampAsync(cancellationToken);
    }

    public async Task<CreatedAccount> ResetPasswordAsync(CancellationToken cancellationToken)
    {
        RequireExisting();
        Actor.RefuseOthers($"Resetting the password of {Noun}");
        var password = PasswordRules.Make();
        State.PasswordHash = await passwords.HashAsync(password, cancellationToken);
        (State.Wrong, State.MustChangePassword, State.PreparedKey, State.Stamp) = (WrongAttempts.None, true, null, NewStamp());
        Audit("password-reset", $"{Noun}.");
        return new CreatedAccount(await SaveChangeAsync(cancellationToken), password);
    }

    public async Task<AccountInfo> ChangeAsync(ChangeAccount request, CancellationToken cancellationToken)
    {
        RequireExisting();
        Actor.RefuseOthers($"Changing {Noun}");
        Require.Version(Noun, request.ExpectedVersion, State.Revision);
        Require.Text("displayName", request.DisplayName ?? State.DisplayName, MaxNameChars);
        if (request.Disabled is { } disabled && disabled != State.Disabled)
        {
            (State.Disabled, State.Stamp) = (disabled, NewStamp());
            Audit(disabled ? "account-disabled" : "account-enabled", $"{Noun}.");
        }
        if (request.DisplayName is { } name && name != State.DisplayName)
        {
            State.DisplayName = name;
            Audit("account-changed", $"{Noun}: '{name}'.");
        }
        return await SaveChangeAsync(cancellationToken);
    }

    public async Task<SecondFactorSetup> PrepareSecondFactorAsync(string password, CancellationToken cancellationToken)
    {
        RequireExisting();
        await ProveAsync(password, cancellationToken);
        State.Wrong = WrongAttempts.None;
        var setup = factor.Prepare(Key, State);
        await SaveAsync(cancellationToken);
        return setup;
    }

    public async Task<EnabledSecondFactor> EnableSecondFactorAsync(string code, CancellationToken cancellationToken)
    {
        RequireExisting();
        if (State.PreparedKey is null)
        {
            throw new RefusedException(RefusalReason.Invalid, "No authenticator is being set up. Begin again.");
        }
        if (factor.Enable(Key, State, code, Now) is not { } codes)
        {
            throw new RefusedException(
                RefusalReason.Invalid,
                "code: the authenticator shows another one. Type the one that it shows now; if that is refused, too, compare the clock of its device.");
        }
        Audit("second-factor-enabled", $"{Noun}.");
        return new EnabledSecondFactor(codes, await SaveStampAsync(cancellationToken));
    }

    public async Task<string> DisableSecondFactorAsync(string password, CancellationToken cancellationToken)
    {
        RequireExisting();
        if (State.AuthenticatorKey is null)
        {
            throw new RefusedException(RefusalReason.Invalid, $"The {Noun} has no second factor.");
        }
        await ProveAsync(password, cancellationToken);
        State.Wrong = WrongAttempts.None;
        SecondFactor.Clear(State);
        Audit("second-factor-disabled", $"{Noun}, by its user.");
        return await SaveStampAsync(cancellationToken);
    }

    public async Task<AccountInfo> ClearSecondFactorAsync(CancellationToken cancellationToken)
    {
        RequireExisting();
        Actor.RefuseOthers($"Clearing the second factor of {Noun}");
        if (State.AuthenticatorKey is null && State.PreparedKey is null)
        {
            return View.At(Now);
        }
        SecondFactor.Clear(State);
        State.Stamp = NewStamp();
        Audit("second-factor-cleared", $"{Noun}, by an administrator.");
        return await SaveChangeAsync(cancellationToken);
    }

    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        RequireExisting();
        Actor.RefuseOthers($"Deleting {Noun}");
        State.Deleted = true;
        Audit("account-deleted", $"{Noun}, '{State.DisplayName}'.");
        await RemoveAsync(cancellationToken);
    }

    protected override long ToldVersion => State.Revision;

    protected override AccountView Describe() => AccountView.Of(Key, State);

    private static SignInAnswer Answer(SignInOutcome outcome) => new(outcome, null, null, null);

    private static string NewStamp() => Base32.Encode(RandomNumberGenerator.GetBytes(StampBytes));

    // From outside the silo: short, and without control characters.
    private static string Source(string? told) =>
        string.Concat((told ?? "").Take(MaxSourceChars).Where(c => !char.IsControl(c))) is { Length: > 0 } source ? source : "somewhere";

    private async Task<SignInAnswer> AcceptAsync(string source)
    {
        (State.Wrong, State.LastSignIn) = (WrongAttempts.None, Now);
        AuditAs(Key, "signed-in", $"{Noun} from {Source(source)}.");
        await SaveAsync(CancellationToken.None);
        metrics.SignIn("accepted");
        return new SignInAnswer(SignInOutcome.Accepted, View.At(Now), View.Stamp, null);
    }

    // What was written, for reads interleave.
    private bool IsCurrent(string? stamp) =>
        !View.Info.Disabled && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(View.Stamp), Encoding.UTF8.GetBytes(stamp ?? ""));

    // As long as a wrong password takes, and locked like one. The grain stays, as one with a row does: so many names in so much time, the work bounds it.
    private async Task<SignInAnswer> RefuseUnknownAsync(AccountRole site, string password, CancellationToken cancellationToken)
    {
        if (unknown.LockedAt(site, Key, Now) is { } until)
        {
            metrics.SignIn("locked");
            return Answer(SignInOutcome.LockedOut) with { LockedUntil = until };
        }
        await passwords.WasteAsync(password, cancellationToken);
        unknown.Another(site, Key, Now);
        metrics.SignIn("unknown");
        return Answer(SignInOutcome.Refused);
    }

    private async Task RehashAsync(string password)
    {
        try
        {
            State.PasswordHash = await passwords.HashAsync(password, CancellationToken.None);
        }
        catch (RefusedException)
        {
            // Too many wait, which is counted there. The old hash is good until the next time, and the code that was just taken must be written.
        }
    }

    private bool TakeCode(CodeAttempt attempt)
    {
        if (factor.TakeCode(Key, State, attempt.Code, Now))
        {
            return true;
        }
        if (!SecondFactor.TakeRecoveryCode(State, attempt.Code))
        {
            return false;
        }
        AuditAs(Key, "recovery-code-used", $"{Noun} from {Source(attempt.Source)}; {State.RecoveryCodes.Count} left.");
        return true;
    }

    // The user's password again, for what a stolen session must not do.
    private async Task ProveAsync(string? password, CancellationToken cancellationToken)
    {
        if (State.Wrong.LockedAt(Now) is { } until)
        {
            throw new RefusedException(RefusalReason.Invalid, $"The {Noun} is locked after wrong passwords until {until:u}. Try again then, or ask an administrator for a new password.");
        }
        if (password is { Length: <= PasswordRules.MaxLength }
            && await passwords.CompareAsync(State.PasswordHash, password, cancellationToken) != PasswordVerificationResult.Failed)
        {
            return;
        }
        await CountWrongAsync("password-refused", "a wrong password in a session", null);
        throw new RefusedException(
            RefusalReason.Invalid,
            State.Wrong.LockedAt(Now) is { } locked
                ? $"The current password is wrong, and the {Noun} is locked until {locked:u}."
                : $"The current password is wrong. Attempts left before the account is locked: {WrongAttempts.Allowed - State.Wrong.Count}.");
    }

    /// <summary>Not the caller's token: who goes away after a guess has made it all the same.</summary>
    private Task CountWrongAsync(string kind, string what, string? source)
    {
        State.Wrong = State.Wrong.Another(Now);
        var who = source is null ? Actor.Current : "host:" + source;
        AuditAs(who, kind, $"{Noun}: {what}{(source is null ? "" : " from " + source)}.");
        if (State.Wrong.LockedAt(Now) is { } until)
        {
            AuditAs(who, "account-locked", $"{Noun} until {until:O}, after {WrongAttempts.Allowed} wrong attempts.");
        }
        return SaveAsync(CancellationToken.None);
    }

    private void AuditAs(string who, string kind, string what) => State.Audit.Add(new AuditEntry(kind, who, what, Owner));

    private async Task<string> SaveStampAsync(CancellationToken cancellationToken)
    {
        State.Stamp = NewStamp();
        await SaveAsync(cancellationToken);
        return View.Stamp;
    }

    private async Task<AccountInfo> SaveChangeAsync(CancellationToken cancellationToken)
    {
        State.Revision++;
        await SaveAsync(cancellationToken);
        return View.At(Now);
    }

    // What costs nothing to ask leaves no grain behind.
    private void LeaveUnlessThere()
    {
        if (!IsPublished)
        {
            DeactivateOnIdle();
        }
    }
}
