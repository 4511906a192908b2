using Headgate.Connector.Bootstrap;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Forwarding;

/// <summary>
/// What happened to one attempt's connections: bytes and connections per gateway, and whether the network can be why the tool failed.
/// Safe for concurrent use.
/// </summary>
internal sealed class AttemptRecord(TimeProvider time)
{
    /// <summary>How long a tool that was told that there is no room has to show it to its user.</summary>
    public static readonly TimeSpan ShowTime = TimeSpan.FromSeconds(2);

    private const int MaxKeptFailures = 16;

    private readonly Lock _lock = new();
    private readonly List<GatewayTraffic> _path = [];
    private readonly List<DialAttempt> _failures = [];
    private readonly Dictionary<string, GatewayTrial> _trials = new(StringComparer.Ordinal);
    private readonly HashSet<string> _suspects = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _refused = new(Timeout.InfiniteTimeSpan, time);
    private long _dialsFailed;
    private long _connectionsLost;
    private long _serverErrors;
    private string? _refusal;
    private int _resumes;
    private TimeSpan _gaps;
    private TimeSpan _longestGap;

    /// <summary>Cancelled when the authenticated repository refuses this machine; <see cref="Refusal"/> then says why.</summary>
    public CancellationToken Refused => _refused.Token;

    /// <summary>Addresses that failed.</summary>
    public long DialsFailed => Interlocked.Read(ref _dialsFailed);

    /// <summary>Connections that broke after they stood.</summary>
    public long ConnectionsLost => Interlocked.Read(ref _connectionsLost);

    /// <summary>Answers of the repository with a status of 500 or above, as far as they stood at the beginning of a read.</summary>
    public long ServerErrors => Interlocked.Read(ref _serverErrors);

    /// <summary>How often streams went on over another connection, and for how long they were without one. All zero in a backup run.</summary>
    public (int Count, TimeSpan Gaps, TimeSpan Longest) Resumes
    {
        get
        {
            lock (_lock)
            {
                return (_resumes, _gaps, _longestGap);
            }
        }
    }

    /// <summary>The sentence of a refusal that waiting does not cure, or null.</summary>
    public string? Refusal => Volatile.Read(ref _refusal);

    /// <summary>Whether anything happened on the way, or at the repository, that another attempt may not meet.</summary>
    public bool NetworkFailed => DialsFailed > 0 || ConnectionsLost > 0 || ServerErrors > 0;

    /// <summary>The counters of <paramref name="gateway"/>, added at its first use.</summary>
    public GatewayTraffic Of(string gateway)
    {
        lock (_lock)
        {
            var traffic = _path.Find(entry => entry.Gateway == gateway);
            if (traffic is null)
            {
                traffic = new GatewayTraffic(gateway);
                _path.Add(traffic);
            }

            return traffic;
        }
    }

    /// <summary>The path so far, in order of first use.</summary>
    public IReadOnlyList<PathEntry> Path()
    {
        lock (_lock)
        {
            return [.. _path.Select(traffic => traffic.ToEntry())];
        }
    }

    /// <summary>How gateways failed, each way once, the first 16.</summary>
    public IReadOnlyList<DialAttempt> Failures()
    {
        lock (_lock)
        {
            return [.. _failures];
        }
    }

    /// <summary>An address failed.</summary>
    public void AddFailure(DialAttempt attempt)
    {
        Interlocked.Increment(ref _dialsFailed);
        lock (_lock)
        {
            if (_failures.Count < MaxKeptFailures && !_failures.Contains(attempt))
            {
                _failures.Add(attempt);
            }
        }
    }

    /// <summary>
    /// A connection stands over <paramref name="through"/>; over <paramref name="failed"/> it could not be had just before. Whether it is worth anything is seen when
    /// bytes come, but that the others are worth less is known now.
    /// </summary>
    public void AddTrials(string through, IReadOnlyCollection<string> failed)
    {
        lock (_lock)
        {
            _suspects.Remove(through);
            foreach (var gateway in _suspects.Concat(failed))
            {
                AddTrial(new GatewayTrial(gateway, 0, 1));
            }

            _suspects.Clear();
        }
    }

    /// <summary>It let a handshake through and nothing after. That may be the repository's fault as well; a connection over another gateway will say.</summary>
    public void Suspect(string gateway)
    {
        lock (_lock)
        {
            _suspects.Add(gateway);
        }
    }

    /// <summary>
    /// How gateways did since it was last asked, to be told to the provider; null when there is nothing to tell. One led through
    /// when bytes came over it in the meantime.
    /// </summary>
    public IReadOnlyList<GatewayTrial>? TakeTrials()
    {
        lock (_lock)
        {
            foreach (var traffic in _path.Where(traffic => traffic.HasMoved()))
            {
                AddTrial(new GatewayTrial(traffic.Gateway, 1, 0));
            }

            GatewayTrial[] taken = [.. _trials.Values];
            _trials.Clear();
            return taken.Length == 0 ? null : taken;
        }
    }

    /// <summary>They could not be told: they stay for the next time.</summary>
    public void GiveBack(IReadOnlyList<GatewayTrial> trials)
    {
        lock (_lock)
        {
            foreach (var trial in trials)
            {
                AddTrial(trial);
            }
        }
    }

    /// <summary>A connection broke.</summary>
    public void AddLoss() => Interlocked.Increment(ref _connectionsLost);

    /// <summary>A stream goes on after <paramref name="gap"/> without a connection.</summary>
    public void AddResume(TimeSpan gap)
    {
        lock (_lock)
        {
            _resumes++;
            _gaps += gap;
            _longestGap = gap > _longestGap ? gap : _longestGap;
        }
    }

    /// <summary>The report with <see cref="Resumes"/> as they are.</summary>
    public ProgressRequest WithResumes(ProgressRequest report)
    {
        var (count, gaps, longest) = Resumes;
        return report with { Resumes = count, GapMilliseconds = (long)gaps.TotalMilliseconds, LongestGapMilliseconds = (long)longest.TotalMilliseconds };
    }

    /// <summary>The request with <see cref="Resumes"/> as they are.</summary>
    public NextAttemptRequest WithResumes(NextAttemptRequest request)
    {
        var (count, gaps, longest) = Resumes;
        return request with { Resumes = count, GapMilliseconds = (long)gaps.TotalMilliseconds, LongestGapMilliseconds = (long)longest.TotalMilliseconds };
    }

    /// <summary>The request with <see cref="Resumes"/> as they are.</summary>
    public FinishRequest WithResumes(FinishRequest request)
    {
        var (count, gaps, longest) = Resumes;
        return request with { Resumes = count, GapMilliseconds = (long)gaps.TotalMilliseconds, LongestGapMilliseconds = (long)longest.TotalMilliseconds };
    }

    /// <summary>The repository answered that it is in trouble.</summary>
    public void AddServerError() => Interlocked.Increment(ref _serverErrors);

    /// <summary>
    /// The repository has no room, final. The tool, which would try the same again for minutes, has the sentence too: it gets <see cref="ShowTime"/> to
    /// show it.
    /// </summary>
    public void RefuseForRoom(string sentence)
    {
        if (Interlocked.CompareExchange(ref _refusal, sentence, null) is null)
        {
            _refused.CancelAfter(ShowTime);
        }
    }

    /// <summary>The repository refused, final.</summary>
    public void Refuse(string sentence)
    {
        if (Interlocked.CompareExchange(ref _refusal, sentence, null) is null)
        {
            _refused.Cancel();
        }
    }

    private void AddTrial(GatewayTrial trial) =>
        _trials[trial.Gateway] = _trials.TryGetValue(trial.Gateway, out var known)
            ? trial with { CameThrough = Sum(known.CameThrough, trial.CameThrough), Failed = Sum(known.Failed, trial.Failed) }
            : trial;

    // The most that the provider takes; what it goes by is whether there was any.
    private static int Sum(int one, int other) => Math.Min(one + other, 1_000_000);
}
