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

    /// <summary>Full rights delete backups. A tenant's user may have been robbed of a password, so they come from the provider; what adds and reads may be had without.</summary>
    /// <exception cref="RefusedException">Somebody else than the provider asks for full rights.</exception>
    public static void RequireMayGive(AccessLevel level, string tenant)
    {
        if (level == AccessLevel.Full && !Actor.IsProvider)
        {
            throw new RefusedException(
                RefusalReason.NeedsProvider,
                $"level: full rights, which delete backups, are given by the service provider only, so that nobody who gets into an account of tenant '{tenant}' can destroy its backups. "
                + "Choose append-only or read-only, or ask your service provider for one with full rights.");
        }
    }

    /// <summary>The limit must be one that can be.</summary>
    /// <exception cref="RefusedException">It is too small or too large.</exception>
    public static void RequireBandwidth(long? bytesPerSecond)
    {
        if (!TenantBandwidth.IsPossible(bytesPerSecond))
        {
            Require.Range("bytesPerSecond", bytesPerSecond!.Value, TenantBandwidth.LeastBytesPerSecond, TenantBandwidth.MostBytesPerSecond);
        }
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
