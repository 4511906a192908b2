namespace Headgate.Grains;

/// <summary>A new account.</summary>
/// <param name="DisplayName">1 to 100 characters.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Tenant">Its tenant: given for <see cref="AccountRole.Tenant"/>, null otherwise.</param>
/// <param name="Password">A first password, 12 to 256 characters; null lets the grain make one.</param>
/// <param name="MustChangePassword">Whether the user changes it at the first sign-in.</param>
[GenerateSerializer, Immutable, Alias("headgate.create-account")]
public sealed record CreateAccount(
    string DisplayName,
    AccountRole Role,
    string? Tenant,
    string? Password,
    bool MustChangePassword)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(CreateAccount);
}
