namespace Headgate.Grains;

/// <summary>A change to an account; null leaves a field as it is.</summary>
/// <param name="DisplayName">1 to 100 characters.</param>
/// <param name="Disabled">Disabling ends its sessions.</param>
/// <param name="ExpectedVersion">Refused with <see cref="RefusalReason.Changed"/> unless this is the account's version; null does not compare.</param>
[GenerateSerializer, Immutable, Alias("headgate.change-account")]
public sealed record ChangeAccount(
    string? DisplayName,
    bool? Disabled,
    long? ExpectedVersion);
