namespace Headgate.Silo.Grains.Tenants;

/// <summary>A job whose open run counts against the run limit.</summary>
[GenerateSerializer, Immutable]
internal sealed record RunClaimEntry(string Job, DateTimeOffset Since);
