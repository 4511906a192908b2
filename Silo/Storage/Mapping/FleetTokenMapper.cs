using Headgate.Grains;
using Headgate.Silo.Grains.Fleet;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage.Mapping;

internal sealed class FleetTokenMapper : IStateMapper<FleetTokenState>
{
    public SubjectKind Kind => SubjectKind.FleetToken;

    public async Task<(FleetTokenState State, long Version)?> LoadAsync(SiloDbContext db, string key, CancellationToken cancellationToken)
    {
        var row = await db.FleetTokens.SingleOrDefaultAsync(row => row.Id == key, cancellationToken);
        if (row is null)
        {
            return null;
        }
        var gateways = await db.FleetGateways
            .Where(place => place.Token == key)
            .OrderBy(place => place.Position)
            .Select(place => place.Gateway)
            .ToListAsync(cancellationToken);
        return (new FleetTokenState
        {
            Name = row.Name,
            SecretSha256 = [.. row.SecretSha256],
            Pools = [.. row.Pools.Split(',')],
            Weight = row.Weight,
            MaxGateways = row.MaxGateways,
            Gateways = gateways,
            Created = row.Created,
            Expires = row.Expires,
            Revoked = row.Revoked,
        }, row.Version);
    }

    public Task InsertAsync(SiloDbContext db, string key, FleetTokenState state, CancellationToken cancellationToken)
    {
        db.Add(Row(key, state, 1));
        return GatewaysAsync(db, key, state, cancellationToken);
    }

    public Task UpdateAsync(SiloDbContext db, string key, FleetTokenState state, long expected, CancellationToken cancellationToken)
    {
        db.UpdateRoot(Row(key, state, expected + 1), expected);
        return GatewaysAsync(db, key, state, cancellationToken);
    }

    public Task DeleteAsync(SiloDbContext db, string key, long expected, CancellationToken cancellationToken)
    {
        db.DeleteRoot(Row(key, new FleetTokenState(), expected), expected);
        return Task.CompletedTask;
    }

    private static Task GatewaysAsync(SiloDbContext db, string key, FleetTokenState state, CancellationToken cancellationToken) => db.ReconcileAsync(
        db.FleetGateways.Where(row => row.Token == key),
        state.Gateways.Select((gateway, position) => new FleetGatewayRow { Token = key, Gateway = gateway, Position = position }),
        cancellationToken);

    private static FleetTokenRow Row(string key, FleetTokenState state, long version) => new()
    {
        Id = key,
        Name = state.Name,
        SecretSha256 = [.. state.SecretSha256],
        Pools = string.Join(',', state.Pools),
        Weight = state.Weight,
        MaxGateways = state.MaxGateways,
        Created = state.Created,
        Expires = state.Expires,
        Revoked = state.Revoked,
        Version = version,
    };
}
