namespace Headgate.Grains;

/// <summary>
/// Somebody who signs in to the SP's portal or to the tenants' site. Key: the user name, lower case, 1 to 64 of <c>a-z 0-9 . _ @ -</c>, the first a letter or a digit. Every
/// method but <see cref="CreateAsync"/>, <see cref="SignInAsync"/>, <see cref="SignInWithCodeAsync"/> and <see cref="CheckAsync"/> refuses with <see cref="RefusalReason.NotFound"/> when there is no such account. Passwords are compared
/// one at a time, so that no number of attempts at once escapes the lock.
/// </summary>
[Alias("headgate.account")]
public interface IAccountGrain : IGrainWithStringKey
{
    /// <summary>Makes the account; refused with <see cref="RefusalReason.Exists"/>, <see cref="RefusalReason.Invalid"/>, or <see cref="RefusalReason.NotFound"/> for a tenant that is none.</summary>
    Task<CreatedAccount> CreateAsync(CreateAccount request, CancellationToken cancellationToken);

    /// <summary>The account as it was last written.</summary>
    [AlwaysInterleave]
    Task<AccountInfo> GetAsync(CancellationToken cancellationToken);

    /// <summary>Compares what somebody typed. An account that does not exist takes as long and answers the same as a wrong password.</summary>
    Task<SignInAnswer> SignInAsync(SignInAttempt attempt, CancellationToken cancellationToken);

    /// <summary>The second step, after <see cref="SignInOutcome.CodeNeeded"/>. Wrong codes count towards the lock.</summary>
    Task<SignInAnswer> SignInWithCodeAsync(CodeAttempt attempt, CancellationToken cancellationToken);

    /// <summary>Whether a session with this stamp goes on: the account exists, is not disabled, and nothing ended its sessions.</summary>
    [AlwaysInterleave]
    Task<bool> CheckAsync(string stamp, CancellationToken cancellationToken);

    /// <summary>The user changes the password; every other session ends. Wrong current passwords count towards the lock and are refused with <see cref="RefusalReason.Invalid"/>.</summary>
    /// <returns>The session's new stamp.</returns>
    Task<string> ChangePasswordAsync(string current, string replacement, CancellationToken cancellationToken);

    /// <summary>An administrator sets a new password made here, ends the account's sessions and its lock; it must be changed at the next sign-in.</summary>
    Task<CreatedAccount> ResetPasswordAsync(CancellationToken cancellationToken);

    /// <summary>Changes what administrators may change.</summary>
    Task<AccountInfo> ChangeAsync(ChangeAccount request, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a new key for an authenticator, for a user who proves the password: a session that was left open or stolen must not lock its owner out. The key in force stays in
    /// force until <see cref="EnableSecondFactorAsync"/>.
    /// </summary>
    Task<SecondFactorSetup> PrepareSecondFactorAsync(string password, CancellationToken cancellationToken);

    /// <summary>Puts the prepared key in force once <paramref name="code"/> is one of its codes; refused with <see cref="RefusalReason.Invalid"/> otherwise.</summary>
    Task<EnabledSecondFactor> EnableSecondFactorAsync(string code, CancellationToken cancellationToken);

    /// <summary>The user takes the second factor away, proving the password.</summary>
    /// <returns>The session's new stamp.</returns>
    Task<string> DisableSecondFactorAsync(string password, CancellationToken cancellationToken);

    /// <summary>An administrator takes the second factor away from somebody who lost it; ends the account's sessions.</summary>
    Task<AccountInfo> ClearSecondFactorAsync(CancellationToken cancellationToken);

    /// <summary>Ends the account for good. The last administrator that may sign in is refused with <see cref="RefusalReason.Invalid"/>, here and when disabling.</summary>
    Task DeleteAsync(CancellationToken cancellationToken);
}
