namespace Headgate.Grains;

/// <summary>Part of a list of accounts.</summary>
/// <param name="Items">The part.</param>
/// <param name="Total">How many there are in all.</param>
[GenerateSerializer, Immutable, Alias("headgate.account-page")]
public sealed record AccountPage(
    ImmutableArray<AccountInfo> Items,
    int Total);
