using Headgate.Repository.Access;

namespace Headgate.Repository.Resume;

/// <summary>
/// Which suspended sessions nobody will come back to. A session is held for its whole wait unless that is certain, and only its connector can make it so:
/// <code>
/// it opens the same stream again, and no byte ever came on this one    OPENED was lost on its way                   at once
/// it is there on another stream, and no byte ever came on this one     OPENED was lost, and the tool gave up         after 1 min
/// it is there on another stream, and does not come back to this one    the tool went away while no leg could say so  after 3 min
/// </code>
/// A connector looks for a way for all of its streams at once, and one that is there for another stream is found within one round of its search: 8 gateways,
/// 9 s each at most, and a pause. A connector that is away proves nothing, and its sessions wait.
/// </summary>
internal static class Forsaken
{
    private static readonly TimeSpan s_unclaimed = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_abandoned = TimeSpan.FromMinutes(3);

    // A connector asks for a sign of life each 15 s at the latest.
    private static readonly TimeSpan s_present = TimeSpan.FromSeconds(20);

    /// <summary>Those among <paramref name="streams"/>, each with its reason.</summary>
    public static IReadOnlyList<(SessionStream Stream, ConnectionEnd Reason)> Among(ICollection<SessionStream> streams)
    {
        List<SessionStream>? suspended = null;
        foreach (var stream in streams)
        {
            if (stream.Client.IsSuspended && !stream.Session.Ended.IsCompleted)
            {
                (suspended ??= []).Add(stream);
            }
        }

        if (suspended is null)
        {
            return [];
        }

        var byRoute = streams.ToLookup(static stream => stream.Client.ServerName, StringComparer.Ordinal);
        var forsaken = new List<(SessionStream, ConnectionEnd)>();
        foreach (var stream in suspended)
        {
            if (stream.SuspendedFor is { } without && ReasonOf(stream, without, byRoute[stream.Client.ServerName]) is { } reason)
            {
                forsaken.Add((stream, reason));
            }
        }

        return forsaken;
    }

    private static ConnectionEnd? ReasonOf(SessionStream stream, TimeSpan without, IEnumerable<SessionStream> ofRoute)
    {
        var isUnclaimed = stream.Session.Received == 0;
        foreach (var other in ofRoute)
        {
            if (ReferenceEquals(other, stream))
            {
                continue;
            }

            if (isUnclaimed && other.Number == stream.Number && other.Age < stream.Age)
            {
                return ConnectionEnd.Unclaimed;
            }

            if (other.Client.IsSuspended || other.Client.SilentFor > s_present)
            {
                continue;
            }

            // Both at once: it is there, and this one is not carried.
            var carried = other.Client.CarriedFor;
            var both = carried < without ? carried : without;
            if (both >= (isUnclaimed ? s_unclaimed : s_abandoned))
            {
                return isUnclaimed ? ConnectionEnd.Unclaimed : ConnectionEnd.Abandoned;
            }
        }

        return null;
    }
}
