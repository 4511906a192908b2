namespace Headgate.Silo.Storage;

/// <summary>An access key: whose it is, and what people call it.</summary>
internal sealed record AccessReference(string Tenant, string KeyName);
