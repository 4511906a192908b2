namespace Headgate.EndToEnd.Tests.Copy;

/// <summary>
/// Kills gateways with SIGKILL and starts them again, or stops them with SIGSTOP and lets them go on, at random every few seconds: mostly one of them, now
/// and then all at once. The same seed makes the same choices. Dispose leaves every gateway running.
/// </summary>
internal sealed class Disturbance : IAsyncDisposable
{
    private readonly World _world;
    private readonly Random _random;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _done = [];
    private readonly Task _going;

    public Disturbance(World world, int seed)
    {
        _world = world;
        _random = new Random(seed);
        _going = Task.Run(GoAsync);
    }

    /// <summary>What was done, in order.</summary>
    public IReadOnlyList<string> Done
    {
        get
        {
            lock (_done)
            {
                return [.. _done];
            }
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
        while (!_stop.IsCancellationRequested)
        {
            await PauseAsync(1, 3);
            var victims = _random.Next(5) == 0 ? _world.GatewayNames : [_world.GatewayNames[_random.Next(_world.GatewayNames.Count)]];
            var kill = _random.Next(2) == 0;
            lock (_done)
            {
                _done.Add($"{(kill ? "killed" : "stopped")} {string.Join(" and ", victims)}");
            }

            foreach (var victim in victims)
            {
                await (kill ? _world[victim].KillAsync() : FreezeAsync(victim));
            }

            await PauseAsync(1, 4);
            foreach (var victim in victims)
            {
                await (kill ? _world[victim].StartAsync() : ThawAsync(victim));
            }
        }
    }

    private Task FreezeAsync(string victim)
    {
        _world[victim].Freeze();
        return Task.CompletedTask;
    }

    private Task ThawAsync(string victim)
    {
        _world[victim].Thaw();
        return Task.CompletedTask;
    }

    private Task PauseAsync(double from, double to) => Task.Delay(
        TimeSpan.FromSeconds(from + ((to - from) * _random.NextDouble())), _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
}
