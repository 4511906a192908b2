using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Grains.Jobs;

/// <summary>What a job asks of its tenant, its repository and the gateways before a run begins and while it goes on.</summary>
internal abstract partial class JobPermissions(
    IPersistentState<JobState> stored,
    TimeProvider time,
    SiloStart start,
    IDbContextFactory<SiloDbContext> contexts,
    GrainMetrics metrics,
    ILogger logger) : StoredGrain<JobState, JobInfo>(stored, time)
{
    protected override string Noun => $"job '{Job}' of tenant '{Tenant}'";

    protected override string? Owner => Tenant;

    protected string Tenant => GrainKey.Split(Key).Tenant;

    protected string Job => GrainKey.Split(Key).Other;

    protected ITenantGrain TenantGrain => GrainFactory.GetGrain<ITenantGrain>(Tenant);

    protected TimeSpan Silence(DateTimeOffset heard) => Now - heard is var silence && start.TrustedFor is var trusted && silence > trusted ? trusted : silence;

    /// <summary>Why the run may not go on, or null: what the tenant says now, and whether the route still stands.</summary>
    protected async Task<RefusedException?> RefusalOfAsync(RunEntry run, CancellationToken cancellationToken)
    {
        try
        {
            await TenantGrain.ClaimRunAsync(new RunClaim(run.Connector, run.Repository, Job, run.ReadsOnly), cancellationToken);
        }
        catch (RefusedException refused) when (RunRules.IsFinal(refused.Reason))
        {
            return refused;
        }
        catch (RefusedException refused) when (refused.Reason == RefusalReason.RunLimit)
        {
            // Its claim was lost and others took the place; a run once allowed is not stopped for that.
            metrics.Fault("claim");
        }
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var label = State.Route?.Label;
        return label is not null && await db.Routes.AnyAsync(route => route.Label == label, cancellationToken)
            ? null
            : new RefusedException(RefusalReason.RunClosed, $"The route of run {run.Run} of {Noun} was closed: the tenant was disabled in the meantime. Start the job again.");
    }

    /// <exception cref="RefusedException">The tenant may not use the repository.</exception>
    protected async Task RequireQuotaAsync(string repository, CancellationToken cancellationToken)
    {
        var tenant = await TenantGrain.GetAsync(cancellationToken);
        if (!tenant.Entitlements.Any(entitlement => entitlement.Repository == repository))
        {
            throw new RefusedException(RefusalReason.NoQuota, $"The tenant '{Tenant}' may not use the repository '{repository}'. It may use: {string.Join(", ", tenant.Entitlements.Select(entitlement => entitlement.Repository))}.");
        }
    }

    protected async Task RequireRepositoryAsync(string repository, CancellationToken cancellationToken)
    {
        var info = await GrainFactory.GetGrain<IRepositoryGrain>(repository).GetAsync(cancellationToken);
        var why = RunRules.WhyAway(info, info.LastHeard is { } heard ? Silence(heard) : TimeSpan.Zero);
        if (why is not null)
        {
            throw new RefusedException(RefusalReason.Unavailable, $"The repository '{repository}' is away: {why}. The run can start when it is back.");
        }
    }

    protected async Task<RankedList> RankAsync(ImmutableArray<string> pools, int connections, CancellationToken cancellationToken)
    {
        var list = await ListAsync(pools, connections, cancellationToken);
        return list.Gateways.IsEmpty
            ? throw new RefusedException(
                RefusalReason.Unavailable,
                $"No gateway of the pools {string.Join(", ", pools)} can be used now: all are silent, draining or disabled. The run can start when one is back.")
            : list;
    }

    protected Task<RankedList> ListAsync(ImmutableArray<string> pools, int connections, CancellationToken cancellationToken) =>
        GrainFactory.GetGrain<IGatewayRanker>(pools[0]).RankAsync(new RankRequest(Tenant, connections, pools[1..], Job), cancellationToken);

    // The sweeper releases what stays behind when this fails.
    protected async Task ReleaseAsync()
    {
        try
        {
            await TenantGrain.ReleaseRunAsync(Job, CancellationToken.None);
        }
        catch (Exception exception)
        {
            metrics.Fault("release");
            ReleaseFailed(logger, exception, Key);
        }
    }

    [LoggerMessage(2050, LogLevel.Warning, "The claim of job {Job} could not be released; the sweeper will do it")]
    private static partial void ReleaseFailed(ILogger logger, Exception exception, string job);
}
