namespace Headgate.Grains;

/// <summary>How signing in went.</summary>
/// <param name="Outcome">How.</param>
/// <param name="Account">The account, when accepted.</param>
/// <param name="Stamp">What the session keeps and <see cref="IAccountGrain.CheckAsync"/> compares, when accepted; what <see cref="CodeAttempt"/> shows, when a code is needed.</param>
/// <param name="LockedUntil">When the lock ends, when locked out.</param>
[GenerateSerializer, Immutable, Alias("headgate.sign-in-answer")]
public sealed record SignInAnswer(
    SignInOutcome Outcome,
    AccountInfo? Account,
    string? Stamp,
    DateTimeOffset? LockedUntil)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(SignInAnswer);
}
