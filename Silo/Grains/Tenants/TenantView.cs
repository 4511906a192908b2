using Headgate.Grains;

namespace Headgate.Silo.Grains.Tenants;

/// <summary>What interleaving reads of a tenant are answered from.</summary>
internal sealed record TenantView(TenantInfo Info, ImmutableArray<ConnectorEntry> Connectors)
{
    public static TenantView Of(string tenant, TenantState state) => new(
        new TenantInfo(
            tenant,
            state.DisplayName,
            state.Status,
            state.LeaseEnds,
            state.RunLimit,
            DefaultPool.Or(state.Pools),
            [.. state.Entitlements.Select(entry => new EntitlementInfo(entry.Repository, entry.AccessName))],
            [.. state.Connectors.Select(entry => new ConnectorInfo(
                entry.Connector, entry.Host, entry.Serial, entry.Enrolled, entry.NotAfter, entry.Level, entry.Revoked))],
            [.. state.AccessKeys.Select(entry => new AccessKeyInfo(entry.Key, entry.Repository, entry.Level, entry.Name, entry.Created, entry.Revoked))],
            state.Revision,
            state.BytesPerSecond),
        [.. state.Connectors]);
}
