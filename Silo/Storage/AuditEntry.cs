namespace Headgate.Silo.Storage;

/// <summary>An entry on its way to the audit table.</summary>
/// <param name="Kind">What happened, such as <c>tenant-created</c>.</param>
/// <param name="Who">Who did it: a user, <c>host:name</c>, or <c>silo</c>.</param>
/// <param name="What">A sentence.</param>
/// <param name="Tenant">The tenant it is about, or null.</param>
[GenerateSerializer, Immutable, Alias("headgate.audit-entry")]
internal sealed record AuditEntry(string Kind, string Who, string What, string? Tenant);
