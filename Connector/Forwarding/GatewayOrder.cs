using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Forwarding;

/// <summary>
/// The list of the run, and which of its gateways failed lately: by rank, but one that failed stands behind the others for 30 s, then 1 min, 2 min, up
/// to 8 min while it goes on failing. So #1 is used while #1 works, and again when it works again. Safe for concurrent use.
/// </summary>
internal sealed class GatewayOrder(TimeProvider time)
{
    private static readonly TimeSpan s_firstPenalty = TimeSpan.FromSeconds(30);
    private const int MaxDoublings = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Penalty> _penalties = new(StringComparer.Ordinal);
    private GatewayList _list = new(0, false, []);

    /// <summary>The list as the provider gave it.</summary>
    public GatewayList List
    {
        get
        {
            lock (_lock)
            {
                return _list;
            }
        }
    }

    /// <summary>Takes a list for the connections that are opened from here on; an older one than it has is left aside.</summary>
    public void Take(GatewayList list)
    {
        lock (_lock)
        {
            if (list.Version >= _list.Version)
            {
                _list = list;
            }
        }
    }

    /// <summary>
    /// Takes a list that the provider gave knowing that this one has <paramref name="held"/>: the provider's word against what it knew, so it counts even where its
    /// number is lower, as after a silo's clock was set back or the tenant got other pools. When another list came in between, the higher version counts.
    /// </summary>
    public void Take(GatewayList list, long held)
    {
        lock (_lock)
        {
            if (list.Version >= _list.Version || _list.Version == held)
            {
                _list = list;
            }
        }
    }

    /// <summary>Starts over with the list of a new attempt, whatever its version: the provider's word at an attempt's start is the newest there is.</summary>
    public void Begin(GatewayList list)
    {
        lock (_lock)
        {
            _list = list;
            _penalties.Clear();
        }
    }

    /// <summary>All gateways of the list, in the order to try them.</summary>
    public IReadOnlyList<GatewayEntry> InOrder()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            return
            [
                .. _list.Gateways
                    .OrderBy(gateway => _penalties.TryGetValue(gateway.Gateway, out var penalty) && penalty.Holds(time, now) ? 1 : 0)
                    .ThenBy(gateway => gateway.Rank),
            ];
        }
    }

    /// <summary>Why a connection is opened over <paramref name="gateway"/>, one of <see cref="PathReasons"/>.</summary>
    /// <param name="gateway">Of the list.</param>
    /// <param name="failed">Those that did not lead there just before, in the order in which they were tried.</param>
    public string WhyNow(GatewayEntry gateway, IReadOnlyCollection<string> failed)
    {
        lock (_lock)
        {
            return failed.Count > 0 ? PathReasons.Next : _list.Gateways.All(other => other.Rank >= gateway.Rank) ? PathReasons.First : PathReasons.Behind;
        }
    }

    /// <summary>The gateway led to its target.</summary>
    public void Worked(string gateway)
    {
        lock (_lock)
        {
            _penalties.Remove(gateway);
        }
    }

    /// <summary>It did not.</summary>
    public void Failed(string gateway)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (!_penalties.TryGetValue(gateway, out var earlier))
            {
                _penalties[gateway] = new Penalty(now, s_firstPenalty, 0);
            }
            else if (!earlier.Holds(time, now))
            {
                // Only a failure after the last penalty has run out is news; five connections that fail together are one.
                var doublings = Math.Min(earlier.Doublings + 1, MaxDoublings);
                _penalties[gateway] = new Penalty(now, s_firstPenalty * Math.Pow(2, doublings), doublings);
            }
        }
    }

    private readonly record struct Penalty(long Since, TimeSpan Length, int Doublings)
    {
        public bool Holds(TimeProvider time, long now) => time.GetElapsedTime(Since, now) < Length;
    }
}
