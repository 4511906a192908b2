namespace Headgate.Grains;

/// <summary>The second factor is in force.</summary>
/// <param name="RecoveryCodes">Codes that each stand in for the authenticator once; shown this once.</param>
/// <param name="Stamp">The session's new stamp; every other session of the account has ended.</param>
[GenerateSerializer, Immutable, Alias("headgate.enabled-second-factor")]
public sealed record EnabledSecondFactor(
    ImmutableArray<string> RecoveryCodes,
    string Stamp)
{
    /// <summary>Its name alone: what it carries is a secret.</summary>
    public override string ToString() => nameof(EnabledSecondFactor);
}
