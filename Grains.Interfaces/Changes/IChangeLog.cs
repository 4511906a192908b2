namespace Headgate.Grains;

/// <summary>
/// What was written lately, for whoever shows it: one indexed query a call. A stateless worker; key: empty is refused, use <c>all</c>. Only what is
/// written appears; heartbeats and progress are not.
/// </summary>
[Alias("headgate.change-log")]
public interface IChangeLog : IGrainWithStringKey
{
    /// <summary>What has changed after version <paramref name="after"/>; a negative one answers the newest version and no changes.</summary>
    [ReadOnly]
    Task<ChangeSet> ReadAsync(long after, CancellationToken cancellationToken);
}
