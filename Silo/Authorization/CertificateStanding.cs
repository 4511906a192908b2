using System.Collections.Concurrent;
using Headgate.Grains;
using Headgate.Protocol.Naming;

namespace Headgate.Silo.Authorization;

/// <summary>
/// Whether a certificate still stands: known and not revoked, by the grain of its holder. An answer is kept for 2 s, so that kept connections
/// cost a grain call now and then, and a revoked holder is out within 5 s. Safe for concurrent use.
/// </summary>
internal sealed class CertificateStanding(IClusterClient grains, TimeProvider time)
{
    private const int MaxEntries = 100_000;
    private static readonly TimeSpan s_keep = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(CertificateIdentity Identity, string Serial), (RefusedException? Refusal, long At)> _known = new();

    /// <summary>Null when it stands, else why not.</summary>
    public async ValueTask<RefusedException?> CheckAsync(CertificateIdentity identity, string serial, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue((identity, serial), out var known) && time.GetElapsedTime(known.At) < s_keep)
        {
            return known.Refusal;
        }

        var at = time.GetTimestamp();
        RefusedException? refusal = null;
        try
        {
            await AskAsync(identity, serial, cancellationToken);
        }
        catch (RefusedException exception)
        {
            refusal = exception;
        }

        if (_known.Count >= MaxEntries)
        {
            _known.Clear();
        }

        _known[(identity, serial)] = (refusal, at);
        return refusal;
    }

    private Task AskAsync(CertificateIdentity identity, string serial, CancellationToken cancellationToken) => identity.Role switch
    {
        CertificateRole.Gateway => grains.GetGrain<IGatewayGrain>(identity.Id).CheckAsync(serial, cancellationToken),
        CertificateRole.Repository => grains.GetGrain<IRepositoryGrain>(identity.Id).CheckAsync(serial, cancellationToken),
        CertificateRole.Connector => grains.GetGrain<ITenantGrain>(identity.Tenant)
            .CheckConnectorAsync(identity.Id[(identity.Tenant.Length + 1)..], serial, cancellationToken),
        _ => Task.CompletedTask,
    };
}
