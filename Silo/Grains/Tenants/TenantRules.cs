using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Tenants;

internal static class TenantRules
{
    /// <summary>The connector, unless it is revoked.</summary>
    /// <exception cref="RefusedException">There is none, or it was revoked.</exception>
    public static ConnectorEntry Connector(IEnumerable<ConnectorEntry> connectors, string tenant, string connector)
    {
        var known = connectors.FirstOrDefault(entry => entry.Connector == connector)
            ?? throw new RefusedException(RefusalReason.NotFound, $"There is no connector '{connector}' of tenant '{tenant}'.");
        return known.Revoked
            ? throw Revoked(tenant, connector)
            : known;
    }

    /// <summary>What a repository must know of the keys that open it.</summary>
    public static IReadOnlyList<AccessKeyGrant> Grants(IEnumerable<AccessKeyEntry> keys, string repository) =>
        [.. keys.Where(key => key.Repository == repository && !key.Revoked).Select(key => new AccessKeyGrant(key.Key, [.. key.SecretSha256], key.Level.ToWire()))];

    public static RefusedException Disabled(string tenant) => new(
        RefusalReason.TenantDisabled, $"The tenant '{tenant}' is disabled. Ask your service provider to enable it.");

    public static RefusedException LeaseEnded(string tenant, DateTimeOffset at) => new(
        RefusalReason.LeaseEnded, $"The lease of tenant '{tenant}' ended at {at:yyyy-MM-dd HH:mm} UTC. Ask your service provider to extend it.");

    public static RefusedException Revoked(string tenant, string connector) => new(
        RefusalReason.Revoked, $"Connector '{connector}' of tenant '{tenant}' was revoked. Enrol again with a new code.");
}
