using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Grains.Gateways;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage.Mapping;

internal sealed class GatewayMapper : IStateMapper<GatewayState>
{
    public SubjectKind Kind => SubjectKind.Gateway;

    public async Task<(GatewayState State, long Version)?> LoadAsync(SiloDbContext db, string key, CancellationToken cancellationToken)
    {
        var row = await db.Gateways.SingleOrDefaultAsync(row => row.Id == key, cancellationToken);
        if (row is null)
        {
            return null;
        }
        var pools = await db.GatewayPools.Where(pool => pool.Gateway == key).Select(pool => pool.Pool).OrderBy(pool => pool).ToListAsync(cancellationToken);
        return (new GatewayState
        {
            DisplayName = row.DisplayName,
            Mode = row.Mode,
            Host = row.Host,
            Port = row.Port,
            Weight = row.Weight,
            Pools = pools,
            WantedState = row.WantedState,
            DrainBegan = row.DrainBegan,
            DrainConnections = row.DrainConnections,
            DrainEnds = row.DrainEnds,
            Serial = row.Serial,
            PreviousSerial = row.PreviousSerial,
            NotAfter = row.NotAfter,
            Revoked = row.Revoked,
            Enrolment = row.Enrolment,
            Created = row.Created,
            Codes = await CodeRows.LoadAsync(db, CertificateRole.Gateway, key, cancellationToken),
        }, row.Version);
    }

    public Task InsertAsync(SiloDbContext db, string key, GatewayState state, CancellationToken cancellationToken)
    {
        db.Add(Row(key, state, 1));
        return ChildrenAsync(db, key, state, cancellationToken);
    }

    public Task UpdateAsync(SiloDbContext db, string key, GatewayState state, long expected, CancellationToken cancellationToken)
    {
        db.UpdateRoot(Row(key, state, expected + 1), expected);
        return ChildrenAsync(db, key, state, cancellationToken);
    }

    public Task DeleteAsync(SiloDbContext db, string key, long expected, CancellationToken cancellationToken)
    {
        db.DeleteRoot(Row(key, new GatewayState(), expected), expected);
        return CodeRows.ReconcileAsync(db, CertificateRole.Gateway, key, [], cancellationToken);
    }

    private static async Task ChildrenAsync(SiloDbContext db, string key, GatewayState state, CancellationToken cancellationToken)
    {
        await db.ReconcileAsync(
            db.GatewayPools.Where(row => row.Gateway == key),
            state.Pools.Select(pool => new GatewayPoolRow { Gateway = key, Pool = pool }),
            cancellationToken);
        await CodeRows.ReconcileAsync(db, CertificateRole.Gateway, key, state.Codes, cancellationToken);
    }

    private static GatewayRow Row(string key, GatewayState state, long version) => new()
    {
        Id = key,
        DisplayName = state.DisplayName,
        Mode = state.Mode,
        Host = state.Host,
        Port = state.Port,
        Weight = state.Weight,
        WantedState = state.WantedState,
        DrainBegan = state.DrainBegan,
        DrainConnections = state.DrainConnections,
        DrainEnds = state.DrainEnds,
        Serial = state.Serial,
        PreviousSerial = state.PreviousSerial,
        NotAfter = state.NotAfter,
        Revoked = state.Revoked,
        Enrolment = state.Enrolment,
        Created = state.Created,
        Version = version,
    };
}
