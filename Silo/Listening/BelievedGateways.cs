using System.Collections.Concurrent;
using Headgate.Grains;

namespace Headgate.Silo.Listening;

/// <summary>
/// Whether PROXY headers of a gateway are to be believed: it is enrolled and not revoked. Asked once each 2 s for a gateway that is in use, so that
/// a revoked one is out within 5 s. Safe for concurrent use.
/// </summary>
internal sealed class BelievedGateways(IClusterClient grains, TimeProvider time)
{
    /// <summary>The tenant API's id among a gateway's targets.</summary>
    public const string TenantApiTarget = "tenant-api";

    /// <summary>The tenants' site's id among a gateway's targets.</summary>
    public const string TenantSiteTarget = "tenant-site";

    private const int MaxEntries = 10_000;
    private static readonly TimeSpan s_keep = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, (bool Believed, long At)> _known = new(StringComparer.Ordinal);

    /// <summary>Whether it is to be believed. The header's MAC was right, so the name is one that a silo made a key for.</summary>
    public async ValueTask<bool> IsBelievedAsync(string gateway, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(gateway, out var known) && time.GetElapsedTime(known.At) < s_keep)
        {
            return known.Believed;
        }

        var at = time.GetTimestamp();
        var believed = false;
        try
        {
            var info = await grains.GetGrain<IGatewayGrain>(gateway).GetAsync(cancellationToken);
            believed = info is { Enrolled: true, Revoked: false };
        }
        catch (RefusedException)
        {
            // No such gateway (any more).
        }

        if (_known.Count >= MaxEntries)
        {
            _known.Clear();
        }

        _known[gateway] = (believed, at);
        return believed;
    }
}
