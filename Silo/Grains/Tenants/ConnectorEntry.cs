using Headgate.Grains;

namespace Headgate.Silo.Grains.Tenants;

/// <summary>A connector and the certificate it holds.</summary>
[GenerateSerializer, Immutable]
internal sealed record ConnectorEntry(
    string Connector,
    string Host,
    string Serial,
    string? PreviousSerial,
    AccessLevel Level,
    DateTimeOffset Enrolled,
    DateTimeOffset NotAfter,
    bool Revoked);
