using System.Diagnostics;

namespace Headgate.EndToEnd.Tests.Copy;

/// <summary>
/// Sees, every few milliseconds, how much each gateway sends, to whichever side: the router's counters, so nothing of the product is asked. What heartbeats
/// and handshakes need is far below what counts as flow here.
/// </summary>
internal sealed class FlowMeter : IAsyncDisposable
{
    /// <summary>More than the handshakes of all streams of a run.</summary>
    private const long Flow = 128 << 10;

    /// <summary>In one look: more than a heartbeat.</summary>
    private const long Trickle = 16 << 10;

    private const long Carrying = 1 << 20;
    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(10);

    /// <summary>Long enough that each of a run's streams carried something: one that is on another gateway would soon carry on, and no gap be seen.</summary>
    private static readonly TimeSpan s_lookBack = TimeSpan.FromSeconds(1.5);

    private readonly RoutedNetwork _network;
    private readonly IReadOnlyList<string> _gateways;
    private readonly Queue<(long At, Dictionary<string, long> Sent)> _recent = new();
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _going;
    private Watch? _watch;

    public FlowMeter(RoutedNetwork network, IReadOnlyList<string> gateways)
    {
        (_network, _gateways) = (network, gateways);
        _going = Task.Run(GoAsync);
    }

    /// <summary>The gateway that carries all that flows; null when nothing flows, or over several.</summary>
    public string? Carrier()
    {
        lock (_lock)
        {
            if (_recent.Count < 2)
            {
                return null;
            }

            var (first, last) = (_recent.Peek(), _recent.Last());
            var sent = _gateways.ToDictionary(name => name, name => last.Sent[name] - first.Sent[name]);
            var most = sent.MaxBy(one => one.Value);
            return most.Value >= Carrying && most.Value >= sent.Values.Sum() * 0.95 ? most.Key : null;
        }
    }

    /// <summary>
    /// Begins to wait for bytes over any gateway but <paramref name="victims"/>; what was watched before is given up. Their death is at this moment, or, with
    /// <paramref name="lingers"/>, when they have sent for the last time.
    /// </summary>
    public void Expect(IReadOnlyList<string> victims, bool lingers)
    {
        var sent = _network.Sent();
        lock (_lock)
        {
            _watch = new Watch([.. _gateways.Where(name => !victims.Contains(name))], lingers ? victims : [], sent, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>What became of it: null while nothing has come.</summary>
    public (TimeSpan After, string Over)? Seen()
    {
        lock (_lock)
        {
            return _watch?.Seen;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _going;
        _stop.Dispose();
    }

    private async Task GoAsync()
    {
        using var timer = new PeriodicTimer(s_every);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                var (sent, now) = (_network.Sent(), Stopwatch.GetTimestamp());
                lock (_lock)
                {
                    _recent.Enqueue((now, sent));
                    while (Stopwatch.GetElapsedTime(_recent.Peek().At, now) > s_lookBack)
                    {
                        _recent.Dequeue();
                    }

                    _watch?.See(sent, now);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    private sealed class Watch(IReadOnlyList<string> others, IReadOnlyList<string> lingering, Dictionary<string, long> before, long since)
    {
        private Dictionary<string, long>? _last;
        private long? _heard;

        public (TimeSpan After, string Over)? Seen { get; private set; }

        public void See(Dictionary<string, long> sent, long now)
        {
            if (Seen is null && others.FirstOrDefault(name => sent[name] - before[name] >= Flow) is { } over)
            {
                Seen = (Stopwatch.GetElapsedTime(_heard ?? since, now), over);
            }

            if (_last is not null && lingering.Any(name => sent[name] - _last[name] >= Trickle))
            {
                _heard = now;
            }

            _last = sent;
        }
    }
}
