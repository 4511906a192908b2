namespace Headgate.Grains;

/// <summary>
/// Failover drills: a small copy run of the provider's own whose path is closed at the gateway that carries it, and nothing else is. The grain keeps who is to do what
/// and what came of it; a server carries it out. Key: <c>drills</c>; see <see cref="DrillGrains"/>. At most one drill is open.
/// </summary>
[Alias("headgate.drill")]
public interface IDrillGrain : IGrainWithStringKey
{
    /// <summary>
    /// Asks for a drill. <see cref="RefusalReason.Exists"/> while one is open, <see cref="RefusalReason.NotFound"/> without such a repository,
    /// <see cref="RefusalReason.NeedsProvider"/> for anybody but the provider.
    /// </summary>
    Task<DrillInfo> StartAsync(StartDrill request, CancellationToken cancellationToken);

    /// <summary>Sets, or with null ends, the schedule. Refusals as <see cref="StartAsync"/>, but for an open drill.</summary>
    Task<DrillBook> ScheduleAsync(DrillSchedule? schedule, CancellationToken cancellationToken);

    /// <summary>
    /// The scheduled drill of <paramref name="due"/> begins and <paramref name="next"/> is the one after it. While a drill is open, nothing but the time moves on. False
    /// when another server did so already.
    /// </summary>
    Task<bool> StartDueAsync(DateTimeOffset due, DateTimeOffset? next, CancellationToken cancellationToken);

    /// <summary>
    /// The drill that <paramref name="runner"/> is to carry out from here on, or null. One that goes on elsewhere and was not heard of for 15 s ends as interrupted.
    /// </summary>
    Task<DrillInfo?> TakeAsync(string runner, CancellationToken cancellationToken);

    /// <summary>The drill goes on; <paramref name="doing"/> is shown and not written. False: it is no longer this runner's.</summary>
    Task<bool> ReportAsync(long number, string runner, string doing, CancellationToken cancellationToken);

    /// <summary>The drill ended. Without effect when it had already.</summary>
    Task EndAsync(long number, string runner, DrillState state, string sentence, DrillReport? report, CancellationToken cancellationToken);

    /// <summary>All that is known; empty before the first drill.</summary>
    [AlwaysInterleave]
    Task<DrillBook> GetAsync(CancellationToken cancellationToken);
}
