namespace Headgate.Grains;

/// <summary>Who did what, when.</summary>
/// <param name="Id">Rises with time.</param>
/// <param name="At">When.</param>
/// <param name="Kind">What happened, such as <c>tenant-created</c>.</param>
/// <param name="Who">A user, <c>urn:headgate:role:id</c>, or <c>silo</c>.</param>
/// <param name="What">A sentence.</param>
/// <param name="Tenant">The tenant it was about, or null.</param>
[GenerateSerializer, Immutable, Alias("headgate.activity-info")]
public sealed record ActivityInfo(
    long Id,
    DateTimeOffset At,
    string Kind,
    string Who,
    string What,
    string? Tenant);
