namespace Headgate.Silo.Grains.Tenants;

/// <summary>Which of the tenant's open routes to close.</summary>
/// <param name="Connector">Those of this connector; null: all.</param>
[GenerateSerializer, Immutable]
internal sealed record RouteClosure(string? Connector);
