using System.Collections.Concurrent;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Authorization;

/// <summary>
/// Whether a certificate still stands: known and not revoked, by the grain of its holder. An answer is kept for 2 s, so that kept connections
/// cost a grain call now and then, and a revoked holder is out within 5 s. Safe for concurrent use.
/// <para>
/// After a backup was restored, programs come with certificates that they renewed after it was taken. The handshake proved that the authority made them; such a
/// one stands where its holder does, until the holder enrols or renews again.
/// </para>
/// </summary>
internal sealed class CertificateStanding(
    IClusterClient grains, IDbContextFactory<SiloDbContext> contexts, RestoreHistory restored, TimeProvider time)
{
    private const int MaxEntries = 100_000;
    private static readonly TimeSpan s_keep = TimeSpan.FromSeconds(2);

    // Certificates keep whole seconds, rounded down.
    private static readonly TimeSpan s_secondsCut = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(CertificateIdentity Identity, string Serial), (RefusedException? Refusal, long At)> _known = new();

    private readonly ConcurrentDictionary<string, bool> _retired = new(StringComparer.Ordinal);

    /// <summary>Certificates of a root that is trusted no more: a new handshake refuses them anyhow, and this ends connections that stand.</summary>
    public void Retire(IEnumerable<string> serials)
    {
        foreach (var serial in serials)
        {
            _retired[serial] = true;
        }

        _known.Clear();
    }

    /// <summary>Null when it stands, else why not.</summary>
    public async ValueTask<RefusedException?> CheckAsync(PeerCertificate peer, CancellationToken cancellationToken)
    {
        var (identity, serial) = (peer.Identity, peer.Serial);
        if (_known.TryGetValue((identity, serial), out var known) && time.GetElapsedTime(known.At) < s_keep)
        {
            return known.Refusal;
        }

        return await CheckNowAsync(peer, cancellationToken);
    }

    /// <summary>The same, asked anew.</summary>
    public async Task<RefusedException?> CheckNowAsync(PeerCertificate peer, CancellationToken cancellationToken)
    {
        var (identity, serial) = (peer.Identity, peer.Serial);
        if (_retired.ContainsKey(serial))
        {
            return new RefusedException(RefusalReason.Revoked, $"The certificate of {identity.ToUrn()} is of an authority that the provider has retired. Ask for a new code and enrol again.");
        }

        var at = time.GetTimestamp();
        var refusal = await RefusalOfAsync(identity, serial, cancellationToken);
        var issued = peer.NotBefore + CertificateTemplates.Backdating + s_secondsCut;
        if (refusal is not null && restored.Find(issued) is { } lost)
        {
            refusal = await RefusalOfLostAsync(identity, issued, lost, refusal, cancellationToken);
        }

        if (_known.Count >= MaxEntries)
        {
            _known.Clear();
        }

        _known[(identity, serial)] = (refusal, at);
        return refusal;
    }

    private async Task<RefusedException?> RefusalOfLostAsync(
        CertificateIdentity identity, DateTimeOffset issued, LostSpan lost, RefusedException refusal, CancellationToken cancellationToken)
    {
        var urn = identity.ToUrn();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var newest = await db.Certificates.Where(row => row.Identity == urn).OrderByDescending(row => row.Issued).FirstOrDefaultAsync(cancellationToken);
        if (newest is null)
        {
            var where = $"The provider's server was restored from a backup of {lost.Taken.UtcDateTime:yyyy-MM-dd HH:mm} UTC, and this enrolment is younger";
            return new RefusedException(refusal.Reason, $"{refusal.Message} {where}: ask for a new code and enrol again.");
        }

        // Whoever enrolled or renewed since the restore is the holder; and one who was revoked is out with whatever certificate.
        return newest.Issued < issued ? await RefusalOfAsync(identity, newest.Serial, cancellationToken) : refusal;
    }

    private async Task<RefusedException?> RefusalOfAsync(CertificateIdentity identity, string serial, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(identity, serial, cancellationToken);
            return null;
        }
        catch (RefusedException refusal)
        {
            return refusal;
        }
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
