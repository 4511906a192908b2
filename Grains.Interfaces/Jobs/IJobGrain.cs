namespace Headgate.Grains;

/// <summary>
/// A tenant's job: its runs, attempts, the gateways they went over, and the route of the open run, which are written in one transaction with what gateways
/// and repositories must hear. Key: <c>tenant/job</c>. At most one run is open; opening another by the same connector ends the old one as lost.
/// </summary>
[Alias("headgate.job")]
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Opens a run and its first attempt; makes the job when it is new. Refusals: those of <see cref="ITenantGrain.ClaimRunAsync"/>, and <see cref="RefusalReason.RunClosed"/> while another connector's run is open.</summary>
    Task<OpenedRun> OpenRunAsync(OpenRun request, CancellationToken cancellationToken);

    /// <summary>The attempt failed; begins the next one on the same route with a new list.</summary>
    Task<OpenedRun> NextAttemptAsync(long run, AttemptFailure failure, CancellationToken cancellationToken);

    /// <summary>The run goes on. Kept in memory; written at most every 30 s.</summary>
    Task<RunDirective> ReportProgressAsync(long run, RunProgress progress, CancellationToken cancellationToken);

    /// <summary>
    /// A gateway outside the run's list has looked its route up: from here on it is told of changes as those of the list are, so that a closed route is closed
    /// there too. False when <paramref name="serverName"/> is not the open run's route. Idempotent.
    /// </summary>
    Task<bool> AddGatewayAsync(string serverName, string gateway, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the open run's route from one gateway, for a failover drill: that gateway ends the run's connections and looks the route up in vain, and the run's lists are
    /// without it. Other runs, other gateways and the grant are not touched. <see cref="RefusalReason.RunClosed"/> when the run is not open. Idempotent.
    /// </summary>
    Task BarGatewayAsync(long run, string gateway, CancellationToken cancellationToken);

    /// <summary>The repository says that the run wrote a snapshot. Idempotent; accepted for the open run and for those that the job remembers, also when others have begun since.</summary>
    Task RecordSnapshotAsync(long run, string snapshot, DateTimeOffset committed, CancellationToken cancellationToken);

    /// <summary>
    /// The repository says what a stock client with an access key does; makes the job when it is new. Idempotent. <see cref="RefusalReason.RunClosed"/> when connectors
    /// run a job of that name.
    /// </summary>
    Task RecordAccessAsync(AccessActivity activity, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the run and closes its route. Idempotent: the end that was written first stays. But one that counted as lost gets its own end, as if told in time, and nothing of a
    /// newer run is touched by that.
    /// </summary>
    Task<RunInfo> FinishRunAsync(long run, RunEnd end, CancellationToken cancellationToken);

    /// <summary>
    /// Asks the open run to stop; the connector hears it with its next progress. One that has not ended within a minute is ended as cancelled by the sweeper, whether
    /// its connector answers or not. No-op when none is open. An agentless one cannot be asked: <see cref="RefusalReason.Invalid"/>.
    /// </summary>
    Task<JobInfo> CancelAsync(CancellationToken cancellationToken);

    /// <summary>As <see cref="CancelAsync"/>, by the connector that runs it: refused with <see cref="RefusalReason.RunClosed"/> when another's run is open, or none.</summary>
    Task<JobInfo> CancelOwnAsync(string connector, CancellationToken cancellationToken);

    /// <summary>
    /// A machine's service means to run the job; makes the job when it is new. Idempotent. <see cref="RefusalReason.RunClosed"/> when another connector plans it and its time
    /// has not passed, or when it is that of an access key; <see cref="RefusalReason.NoQuota"/> when the tenant may not use the repository.
    /// </summary>
    Task<JobInfo> PlanAsync(PlanJob plan, CancellationToken cancellationToken);

    /// <summary>The connector plans it no more; a job that never ran is gone with its plan. Does nothing when another plans it. Idempotent.</summary>
    Task WithdrawPlanAsync(string connector, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the open run as lost when its connector was silent for longer than <paramref name="limit"/>, and as cancelled when it was asked to stop more than a minute ago.
    /// For the sweeper.
    /// </summary>
    Task<bool> EndSilentAsync(TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>The job as it was last written, and of an open run the path that was reported last.</summary>
    [AlwaysInterleave]
    Task<JobInfo> GetAsync(CancellationToken cancellationToken);
}
