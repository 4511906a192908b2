namespace Headgate.Grains;

/// <summary>What somebody typed to sign in.</summary>
/// <param name="Password">The password.</param>
/// <param name="Role">The site's role: an account of another role is refused like one that does not exist.</param>
/// <param name="Source">Where it came from, for the audit, such as <c>192.0.2.7</c>.</param>
[GenerateSerializer, Immutable, Alias("headgate.sign-in-attempt")]
public sealed record SignInAttempt(
    string Password,
    AccountRole Role,
    string Source)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(SignInAttempt);
}
