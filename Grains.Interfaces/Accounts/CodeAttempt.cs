namespace Headgate.Grains;

/// <summary>The second step of signing in: a code, after the password was compared.</summary>
/// <param name="Stamp">The stamp that <see cref="SignInOutcome.CodeNeeded"/> came with: whoever shows it has shown the password, and nothing has changed since.</param>
/// <param name="Code">A code of the authenticator, or a recovery code.</param>
/// <param name="Role">The site's role, as in <see cref="SignInAttempt"/>.</param>
/// <param name="Source">Where it came from, for the audit.</param>
[GenerateSerializer, Immutable, Alias("headgate.code-attempt")]
public sealed record CodeAttempt(
    string Stamp,
    string Code,
    AccountRole Role,
    string Source)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(CodeAttempt);
}
