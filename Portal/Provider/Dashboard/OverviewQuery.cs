using Headgate.Portal.Provider.Gateways;

namespace Headgate.Portal.Provider.Dashboard;

/// <summary>The platform in figures. Some move with time alone: use that is settled, jobs that fall silent.</summary>
internal sealed record OverviewQuery : LiveQuery<Overview>
{
    public override TimeSpan? Refresh => TimeSpan.FromSeconds(1);

    public override bool IsTouchedBy(Change change) => true;

    public override Task<Overview> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) => grains.Directory().GetOverviewAsync(cancellationToken);
}
