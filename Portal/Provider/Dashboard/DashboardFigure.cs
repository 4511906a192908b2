using Headgate.Portal.Provider.Gateways;

namespace Headgate.Portal.Provider.Dashboard;

/// <summary>A figure of the dashboard, and the list that it counts.</summary>
internal sealed record DashboardFigure(string Label, string Value, string? Note, string Href, Tone Tone)
{
    public static ImmutableArray<DashboardFigure> Of(Overview overview, ImmutableArray<GatewayInfo> gateways, DateTimeOffset at, TrafficRate rate)
    {
        var up = gateways.Count(gateway => GatewayStanding.IsUp(gateway, at));
        var missing = gateways.Count(gateway => GatewayStanding.IsMissing(gateway, at));
        var active = gateways.Where(gateway => GatewayStanding.IsHeard(gateway, at)).Sum(gateway => gateway.Load?.Active ?? 0);
        var percent = Sizes.Percent(overview.UsedBytes, overview.LimitBytes);
        return
        [
            new("Gateways up", $"{up:N0} of {gateways.Length:N0}", gateways.IsEmpty ? "none yet" : missing > 0 ? $"{missing:N0} silent" : up == gateways.Length ? "all of them" : $"{gateways.Length - up:N0} off or not enrolled", "/gateways",
                missing > 0 ? Tone.Bad : gateways.IsEmpty ? Tone.Neutral : up == 0 ? Tone.Bad : Tone.Good),
            new("Connections", active.ToString("N0"), "relayed just now", "/gateways", active > 0 ? Tone.Active : Tone.Neutral),
            new("Throughput", Sizes.Rate(rate.Total), $"↑ {Sizes.Rate(rate.Up)}  ↓ {Sizes.Rate(rate.Down)}", "/gateways", rate.Total > 0 ? Tone.Active : Tone.Neutral),
            new("Storage used", Sizes.Of(overview.UsedBytes), overview.LimitBytes > 0 ? $"{percent} % of {Sizes.Of(overview.LimitBytes)} sold" : "nothing sold yet", "/tenants?sort=used&desc=1", Tone.Neutral),
            new("Tenants near quota", overview.TenantsNearQuota.ToString("N0"), $"of {overview.Tenants:N0}: 90 % used or more", "/tenants?filter=near-quota", overview.TenantsNearQuota > 0 ? Tone.Warning : Tone.Neutral),
            new("Runs", overview.RunsOpen.ToString("N0"), "going on", "/jobs?filter=running", overview.RunsOpen > 0 ? Tone.Active : Tone.Neutral),
            new("Failed jobs", overview.JobsFailed.ToString("N0"), "whose last run failed", "/jobs?filter=failed", overview.JobsFailed > 0 ? Tone.Bad : Tone.Neutral),
            new("Silent jobs", overview.JobsSilent.ToString("N0"), "no good run for 48 h", "/jobs?filter=silent", overview.JobsSilent > 0 ? Tone.Warning : Tone.Neutral),
        ];
    }
}
