using System.Collections.Immutable;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Tenant;
using Headgate.Silo.Authorization;
using Headgate.Silo.Problems;

namespace Headgate.Silo.TenantApi;

/// <summary>What connectors say of gateways, beside what they say of their runs.</summary>
internal static class GatewayTrials
{
    private const int MaxTrials = 64;
    private const int MaxCount = 1_000_000;

    public static FieldChecks Trials(this FieldChecks checks, IReadOnlyList<GatewayTrial>? trials)
    {
        if (trials is null)
        {
            return checks;
        }

        var bad = trials.FirstOrDefault(trial =>
            trial is null || !Identifier.IsValid(trial.Gateway) || trial.CameThrough is < 0 or > MaxCount || trial.Failed is < 0 or > MaxCount);
        var isBad = bad is not null || trials.Any(trial => trial is null);
        return checks
            .Range("trials (entries)", trials.Count, 0, MaxTrials)
            .Require(!isBad, "trials", bad is null ? "null" : $"{bad.Gateway}: {bad.CameThrough}, {bad.Failed}", $"gateways' ids, with counts of 0 to {MaxCount}");
    }

    /// <summary>Tells the tenant's pools, whose lists go by it; they know only gateways of their own.</summary>
    public static async Task NoteTrialsAsync(this IClusterClient grains, PeerCertificate peer, IReadOnlyList<GatewayTrial>? trials, CancellationToken cancellationToken)
    {
        if (trials is not { Count: > 0 })
        {
            return;
        }

        var said = trials.Select(trial => new TrialCount(trial.Gateway, trial.CameThrough, trial.Failed)).ToImmutableArray();
        var tenant = await grains.GetGrain<ITenantGrain>(peer.Tenant).GetAsync(cancellationToken);
        foreach (var pool in tenant.Pools)
        {
            await grains.GetGrain<IGatewayPoolGrain>(pool).NoteTrialsAsync(tenant.Tenant, said, cancellationToken);
        }
    }
}
