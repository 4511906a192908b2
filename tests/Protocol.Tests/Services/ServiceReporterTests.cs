using System.Collections.Concurrent;
using Headgate.Protocol.Services;

namespace Headgate.Protocol.Tests.Services;

/// <summary>When a manager is told what.</summary>
public sealed class ServiceReporterTests
{
    private readonly Recorder _manager = new();
    private readonly ManualTimeProvider _time = new();
    private ServiceState _state = new(IsServing: false, "waits");

    [Fact]
    public async Task Reporter_WhenTheProgramServes_SaysSoOnce()
    {
        await using var reporter = new ServiceReporter(_manager, () => _state, _time);
        await _manager.UntilAsync("status waits");
        _state = new(true, "serves");
        await TickUntilAsync("ready serves");
        _state = new(true, "1 active connection");
        await TickUntilAsync("status 1 active connection");
        Assert.Equal(["status waits", "ready serves", "status 1 active connection"], _manager.Said);
    }

    [Fact]
    public async Task Reporter_WhenTheProgramWaitsForOthers_SaysReadyAtLatest()
    {
        await using var reporter = new ServiceReporter(_manager, () => _state, _time);
        await _manager.UntilAsync("status waits");
        _time.Advance(ServiceReporter.ReadyAtLatest - TimeSpan.FromSeconds(2));
        Assert.DoesNotContain("ready waits", _manager.Said);
        await TickUntilAsync("ready waits");
    }

    [Fact]
    public async Task Reporter_WhenStopping_ExtendsUntilItIsDisposed()
    {
        _state = new(true, "serves");
        await using (var reporter = new ServiceReporter(_manager, () => _state, _time))
        {
            await _manager.UntilAsync("ready serves");
            _state = new(false, "2 left");
            reporter.Stopping();
            await _manager.UntilAsync("extend 15");
            _state = new(false, "1 left");
            await TickUntilAsync("status 1 left");
        }

        var said = _manager.Said.Where(word => word != "extend 15").ToList();
        Assert.Equal(["ready serves", "stopping 2 left", "status 1 left"], said);
        Assert.True(_manager.Said.Count(word => word == "extend 15") >= 2, string.Join(", ", _manager.Said));
        var count = _manager.Said.Count;
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(count, _manager.Said.Count);
    }

    [Fact]
    public async Task Reporter_WhenWatched_SaysAliveInTime()
    {
        _manager.WatchdogInterval = TimeSpan.FromSeconds(5);
        _state = new(true, "serves");
        await using var reporter = new ServiceReporter(_manager, () => _state, _time);
        await _manager.UntilAsync("ready serves");
        var start = _time.GetTimestamp();
        await TickUntilAsync("alive");
        Assert.InRange(_time.GetElapsedTime(start), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
    }

    /// <summary>Moves the clock on until that is said.</summary>
    private async Task TickUntilAsync(string word)
    {
        for (var tick = 0; tick < 10 && !_manager.Said.Contains(word); tick++)
        {
            // The reporter waits for its next tick.
            await Recorder.SettleAsync(() => _time.NextIn is not null);
            _time.Advance(TimeSpan.FromSeconds(1));
            await Recorder.SettleAsync(() => _manager.Said.Contains(word) || _time.NextIn is not null);
        }

        await _manager.UntilAsync(word);
    }

    private sealed class Recorder : IServiceManager
    {
        private readonly ConcurrentQueue<string> _said = new();

        public TimeSpan? WatchdogInterval { get; set; }

        public IReadOnlyCollection<string> Said => _said;

        public void Ready(string status) => _said.Enqueue("ready " + status);

        public void Status(string status) => _said.Enqueue("status " + status);

        public void Stopping(string status) => _said.Enqueue("stopping " + status);

        public void ExtendTimeout(TimeSpan further) => _said.Enqueue($"extend {further.TotalSeconds}");

        public void Alive() => _said.Enqueue("alive");

        public async Task UntilAsync(string word)
        {
            await SettleAsync(() => _said.Contains(word));
            Assert.Contains(word, _said);
        }

        public static async Task SettleAsync(Func<bool> condition)
        {
            var deadline = DateTime.UtcNow.AddSeconds(30);
            while (!condition() && DateTime.UtcNow < deadline)
            {
                await Task.Delay(1);
            }
        }
    }
}
