namespace Headgate.Portal.Provider.Gateways;

/// <summary>Every gateway that is not revoked, with its load, by id.</summary>
internal sealed record AllGatewaysQuery : LiveQuery<ImmutableArray<GatewayInfo>>
{
    private const int PartRows = 500;

    public override TimeSpan? Refresh => TimeSpan.FromSeconds(1);

    public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Gateway;

    public override async Task<ImmutableArray<GatewayInfo>> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        var directory = grains.Directory();
        var gateways = ImmutableArray.CreateBuilder<GatewayInfo>();
        for (var skip = 0; ; skip += PartRows)
        {
            var part = await directory.ListGatewaysAsync(new PageRequest(skip, PartRows, null), cancellationToken);
            gateways.AddRange(part.Items.Where(gateway => !gateway.Revoked));
            if (skip + part.Items.Length >= part.Total || part.Items.IsEmpty)
            {
                return gateways.ToImmutable();
            }
        }
    }
}
