namespace Headgate.EndToEnd.Tests.Copy;

/// <summary>
/// Lets gateways die at random every few seconds while a run goes on, and live again: mostly the one that carries the run, now and then another, or all at
/// once. Packets are dropped only where the world has a network for that. The same seed draws the same numbers. Dispose leaves every gateway running.
/// </summary>
internal sealed class Disturbance : IAsyncDisposable
{
    private readonly World _world;
    private readonly string _machine;
    private readonly Random _random;
    private readonly FlowMeter? _meter;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Outage> _outages = [];
    private readonly Task _going;

    public Disturbance(World world, string machine, int seed)
    {
        (_world, _machine, _random) = (world, machine, new Random(seed));
        _meter = world.Routed is { } network ? new FlowMeter(network, world.GatewayNames) : null;
        _going = Task.Run(GoAsync);
    }

    /// <summary>What was done, in order; complete when this is disposed.</summary>
    public IReadOnlyList<Outage> Outages => _outages;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _going;
        if (_meter is not null)
        {
            await _meter.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task GoAsync()
    {
        Death[] deaths = _world.Routed is null ? [Death.Killed, Death.Restarted, Death.Stopped] : Enum.GetValues<Death>();
        while (!_stop.IsCancellationRequested)
        {
            await PauseAsync(0.5, 2);
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            var carrier = _meter?.Carrier();
            var anyone = _world.GatewayNames[_random.Next(_world.GatewayNames.Count)];
            var victims = _random.Next(8) switch
            {
                0 => _world.GatewayNames,
                < 6 => [carrier ?? anyone],
                _ => [anyone],
            };
            await SufferAsync(deaths[_random.Next(deaths.Length)], victims, victims.Count == 1 && victims[0] == carrier);
        }
    }

    private async Task SufferAsync(Death how, IReadOnlyList<string> victims, bool carried)
    {
        _meter?.Expect(victims, lingers: how == Death.Restarted);
        foreach (var victim in victims)
        {
            await BeginAsync(how, victim);
        }

        if (how != Death.Restarted)
        {
            await PauseAsync(2.5, 4.5);
        }

        var seen = carried ? _meter?.Seen() : null;
        foreach (var victim in victims)
        {
            await EndAsync(how, victim);
        }

        if (how == Death.Restarted && carried)
        {
            // It is gone for less time than the pauses that come next.
            await PauseAsync(1, 1);
            seen = _meter?.Seen();
        }

        _outages.Add(new Outage(how, victims, carried, seen?.After, seen?.Over));
    }

    private async Task BeginAsync(Death how, string victim)
    {
        switch (how)
        {
            case Death.Killed:
                await _world[victim].KillAsync();
                break;
            case Death.Restarted:
                await _world[victim].StopAsync();
                break;
            case Death.Stopped:
                _world[victim].Freeze();
                break;
            case Death.CutOff:
                await _world.Routed!.CutAsync(victim);
                break;
            default:
                await _world.Routed!.CutAsync(victim, OtherSideOf(how));
                break;
        }
    }

    private async Task EndAsync(Death how, string victim)
    {
        switch (how)
        {
            case Death.Killed or Death.Restarted:
                await _world[victim].StartAsync();
                break;
            case Death.Stopped:
                _world[victim].Thaw();
                break;
            case Death.CutOff:
                await _world.Routed!.JoinAsync(victim);
                break;
            default:
                await _world.Routed!.JoinAsync(victim, OtherSideOf(how));
                break;
        }
    }

    private string OtherSideOf(Death how) => how == Death.CutOffFromTenant ? _machine : "repo1";

    private Task PauseAsync(double from, double to) => Task.Delay(
        TimeSpan.FromSeconds(from + ((to - from) * _random.NextDouble())), _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
}
