using Headgate.Silo.EdgeApi;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Silo.Tests.Api;

/// <summary>The hub over a scripted log: order, slow clients, faults of the log.</summary>
public sealed class EdgeHubTests
{
    [Fact]
    public async Task Publish_ToASlowClient_EndsItsStreamAndNobodyElses()
    {
        var log = new ScriptedLog();
        using var hub = new EdgeHub(log, TimeProvider.System, NullLogger<EdgeHub>.Instance);
        await hub.StartAsync(SiloWorld.Deadline);
        using var slow = hub.Subscribe("a");
        using var quick = hub.Subscribe("a", "b");

        var read = Task.Run(async () =>
        {
            var numbers = new List<long>();
            await foreach (var row in quick.Rows.ReadAllAsync(SiloWorld.Deadline))
            {
                numbers.Add(row.Sequence);
                if (numbers.Count == EdgeSubscription.QueueLength * 2)
                {
                    break;
                }
            }

            return numbers;
        });
        for (var i = 1; i <= EdgeSubscription.QueueLength * 2; i++)
        {
            log.Append("a");
            if (i % 200 == 0)
            {
                // The quick one is given the time that it needs to be quick.
                await log.ReadUpToAsync(i);
                while (quick.Rows.Count > 0)
                {
                    await Task.Yield();
                }
            }
        }

        Assert.Equal(Enumerable.Range(1, EdgeSubscription.QueueLength * 2).Select(i => (long)i), await read);
        var held = 0;
        await foreach (var _ in slow.Rows.ReadAllAsync(SiloWorld.Deadline))
        {
            held++;
        }

        Assert.Equal(EdgeSubscription.QueueLength, held);
        await hub.StopAsync(SiloWorld.Deadline);
    }

    [Fact]
    public async Task Publish_WhenTheLogFailsForAWhile_SkipsNothing()
    {
        var log = new ScriptedLog();
        using var hub = new EdgeHub(log, TimeProvider.System, NullLogger<EdgeHub>.Instance);
        await hub.StartAsync(SiloWorld.Deadline);
        using var subscription = hub.Subscribe("a");

        log.Fails = true;
        log.Append("a");
        log.Append("b");
        log.Append("a");
        await log.FailedAsync();
        log.Fails = false;

        Assert.Equal(1, (await subscription.Rows.ReadAsync(SiloWorld.Deadline)).Sequence);
        Assert.Equal(3, (await subscription.Rows.ReadAsync(SiloWorld.Deadline)).Sequence);
        await hub.StopAsync(SiloWorld.Deadline);
    }

    private sealed class ScriptedLog : IEdgeLog
    {
        private readonly Lock _lock = new();
        private readonly List<EdgeLogRow> _rows = [];
        private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _readUpTo;

        public volatile bool Fails;

        public void Append(string audience)
        {
            TaskCompletionSource changed;
            lock (_lock)
            {
                _rows.Add(new EdgeLogRow { Sequence = _rows.Count + 1, Audience = audience, Kind = "k", Payload = "{}" });
                changed = _changed;
                _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            changed.SetResult();
        }

        public Task FailedAsync() => _failed.Task.WaitAsync(SiloWorld.Deadline);

        public async Task ReadUpToAsync(long sequence)
        {
            while (Interlocked.Read(ref _readUpTo) < sequence)
            {
                SiloWorld.Deadline.ThrowIfCancellationRequested();
                await Task.Delay(1);
            }
        }

        public Task<IReadOnlyList<EdgeLogRow>> ReadAsync(long after, int max, CancellationToken cancellationToken)
        {
            if (Fails)
            {
                _failed.TrySetResult();
                throw new IOException("The database is away.");
            }

            lock (_lock)
            {
                Interlocked.Exchange(ref _readUpTo, after);
                return Task.FromResult<IReadOnlyList<EdgeLogRow>>([.. _rows.Where(row => row.Sequence > after).Take(max)]);
            }
        }

        public Task<(long Oldest, long Newest)> RangeAsync(CancellationToken cancellationToken) => Task.FromResult((0L, 0L));

        public async Task WaitAsync(long after, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task changed;
                lock (_lock)
                {
                    if (_rows.Count > after)
                    {
                        return;
                    }

                    changed = _changed.Task;
                }

                await changed.WaitAsync(cancellationToken);
            }
        }

        public Task<int> PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
