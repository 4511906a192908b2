using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Bandwidth;

/// <summary>Reads several times a second what targets took of each connection, from the gateways themselves (<c>control.sock</c>), while connections stay open.</summary>
internal sealed class TrafficWatch : IAsyncDisposable
{
    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(250);
    private readonly World _world;
    private readonly CancellationTokenSource _end = new();
    private readonly List<Reading> _readings = [];
    private readonly Task _reading;

    public TrafficWatch(World world)
    {
        _world = world;
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>All readings so far.</summary>
    public IReadOnlyList<Reading> Readings
    {
        get
        {
            lock (_readings)
            {
                return [.. _readings];
            }
        }
    }

    /// <summary>
    /// Waits until the bytes of <paramref name="tenant"/> over each gateway in a window of at least <paramref name="window"/>, all of it from here on, are as
    /// <paramref name="isRight"/> wants them. The window is measured so that it is never too short.
    /// </summary>
    public Task UntilAsync(TimeSpan window, string tenant, Func<Rates, bool> isRight, string what)
    {
        var from = Stopwatch.GetTimestamp();
        Rates? seen = null;
        return Tool.UntilAsync(
            () =>
            {
                Assert.False(_reading.IsFaulted, _reading.Exception?.ToString());
                var readings = Readings.Where(reading => reading.Began >= from).ToArray();
                if (readings is [] || Array.FindLastIndex(readings, reading => Stopwatch.GetElapsedTime(reading.Ended, readings[^1].Began) >= window) is not (>= 0 and var first))
                {
                    return false;
                }

                seen = new Rates(tenant, readings[first], readings[^1]);
                return isRight(seen);
            },
            what,
            () => $"Last seen: {seen}\n{_world.Logs}",
            TimeSpan.FromSeconds(90));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading.ContinueWith(_ => { }, TaskScheduler.Default);
        _end.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                var began = Stopwatch.GetTimestamp();
                var bytes = new Dictionary<(string Gateway, string Tenant), long>();
                foreach (var gateway in _world.GatewayNames)
                {
                    foreach (var (tenant, up) in Loads(await GatewayConnections.ListAsync(_world, gateway, _end.Token)))
                    {
                        bytes[(gateway, tenant)] = bytes.GetValueOrDefault((gateway, tenant)) + up;
                    }
                }

                lock (_readings)
                {
                    _readings.Add(new Reading(began, Stopwatch.GetTimestamp(), bytes));
                }

                await Task.Delay(s_every, _end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough.
        }
    }

    private static IEnumerable<(string Tenant, long Up)> Loads(IEnumerable<JsonElement> connections)
    {
        foreach (var connection in connections)
        {
            if (connection.TryGetProperty("tenant", out var tenant))
            {
                yield return (tenant.GetString()!, connection.GetProperty("bytesUp").GetInt64());
            }
        }
    }

    /// <summary>What targets had taken at a moment between two timestamps.</summary>
    internal sealed record Reading(long Began, long Ended, IReadOnlyDictionary<(string Gateway, string Tenant), long> Bytes)
    {
        public long Of(string tenant) => Bytes.Where(one => one.Key.Tenant == tenant).Sum(one => one.Value);

        public long Of(string tenant, string gateway) => Bytes.GetValueOrDefault((gateway, tenant));
    }

    /// <summary>Bytes a second between two readings, each on the low side: over the longest time it may have been.</summary>
    internal sealed record Rates(string Tenant, Reading First, Reading Last)
    {
        public double All => (Last.Of(Tenant) - First.Of(Tenant)) / Seconds;

        private double Seconds => Stopwatch.GetElapsedTime(First.Began, Last.Ended).TotalSeconds;

        public double Over(string gateway) => (Last.Of(Tenant, gateway) - First.Of(Tenant, gateway)) / Seconds;

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{All / 1e6:0.00} MB/s of {Tenant} in {Seconds:0.0} s; {string.Join(", ", Last.Bytes.Keys.Where(key => key.Tenant == Tenant).Select(key => $"{key.Gateway} {Over(key.Gateway) / 1e6:0.00}"))}");
    }
}
