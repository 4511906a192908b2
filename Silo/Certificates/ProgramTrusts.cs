using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Certificates;

/// <summary>Reads what every enrolled program trusts, and what else hangs on the present root.</summary>
internal sealed class ProgramTrusts(IDbContextFactory<SiloDbContext> contexts, TimeProvider time)
{
    /// <summary>Programs that hold a certificate that has not ended and was not revoked.</summary>
    public async Task<IReadOnlyList<ProgramTrust>> ListAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var said = await db.ProgramTrusts.ToDictionaryAsync(row => row.Identity, cancellationToken);
        var gateways = await db.Gateways.Where(row => row.Serial != null && !row.Revoked && row.NotAfter > now)
            .Select(row => new { row.Id, row.Serial, row.PreviousSerial, row.NotAfter }).ToListAsync(cancellationToken);
        var repositories = await db.Repositories.Where(row => row.Serial != null && !row.Revoked && row.NotAfter > now)
            .Select(row => new { row.Id, row.Serial, row.PreviousSerial, row.NotAfter }).ToListAsync(cancellationToken);
        var connectors = await db.Connectors.Where(row => !row.Revoked && row.NotAfter > now)
            .Select(row => new { row.Tenant, row.Id, row.Serial, row.PreviousSerial, row.NotAfter }).ToListAsync(cancellationToken);
        return
        [
            .. gateways.Select(row => Of(CertificateRole.Gateway, row.Id, row.NotAfter!.Value, row.Serial, row.PreviousSerial)),
            .. repositories.Select(row => Of(CertificateRole.Repository, row.Id, row.NotAfter!.Value, row.Serial, row.PreviousSerial)),
            .. connectors.Select(row => Of(CertificateRole.Connector, $"{row.Tenant}/{row.Id}", row.NotAfter, row.Serial, row.PreviousSerial)),
        ];

        ProgramTrust Of(CertificateRole role, string id, DateTimeOffset ends, params string?[] serials)
        {
            var identity = new CertificateIdentity(role, id).ToUrn();
            var row = said.GetValueOrDefault(identity);
            return new ProgramTrust(identity, ends, AuthorityNews.Parse(row?.Authorities), row?.Confirmed, [.. serials.OfType<string>()]);
        }
    }

    /// <summary>Unused codes that have not ended, fleet tokens included: they carry the fingerprint of the root that was the present one when they were made.</summary>
    public async Task<int> OpenCodesAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.EnrolmentCodes.CountAsync(row => row.Used == null && row.Expires > now, cancellationToken)
            + await db.FleetTokens.CountAsync(row => !row.Revoked && row.Expires > now, cancellationToken);
    }

    /// <summary>Tenants with access keys in use: their stock clients trust the roots in a file of their own, of which nobody hears.</summary>
    public async Task<IReadOnlyList<string>> AgentlessTenantsAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.AccessKeys.Where(row => !row.Revoked).Select(row => row.Tenant).Distinct().OrderBy(tenant => tenant).ToListAsync(cancellationToken);
    }
}
