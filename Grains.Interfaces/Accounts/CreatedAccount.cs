namespace Headgate.Grains;

/// <summary>An account with a password that is shown this once.</summary>
/// <param name="Account">The account.</param>
/// <param name="Password">The password in the clear. Never logged.</param>
[GenerateSerializer, Immutable, Alias("headgate.created-account")]
public sealed record CreatedAccount(
    AccountInfo Account,
    string Password)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(CreatedAccount);
}
