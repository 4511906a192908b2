namespace Headgate.Portal.Tenants.Recovery;

/// <summary>A part of the recovery sheet.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="Lines">What it says.</param>
internal sealed record RecoverySection(string Title, ImmutableArray<RecoveryLine> Lines);
