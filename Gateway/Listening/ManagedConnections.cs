using System.Collections.Concurrent;

namespace Headgate.Gateway.Listening;

/// <summary>The connections of the managed engine, each a task that is held until it ends. Safe for concurrent use.</summary>
internal sealed class ManagedConnections : ILiveTable
{
    private readonly ConcurrentDictionary<ManagedConnection, Task> _tasks = new();
    private readonly LiveConnections _live;
    private readonly TimeProvider _time;
    private long _lastId;

    public ManagedConnections(LiveConnections live, TimeProvider time)
    {
        _live = live;
        _time = time;
        live.Add(this);
    }

    /// <summary>Runs <paramref name="serve"/> for a new connection and holds on to it until it ends. The task never throws.</summary>
    public void Run(Func<ManagedConnection, Task> serve)
    {
        var connection = new ManagedConnection(Interlocked.Increment(ref _lastId), _time);
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _live.Enter();
        _tasks[connection] = ServeAsync();
        begin.SetResult();

        async Task ServeAsync()
        {
            // Only once it is registered, so that no end of it can come before.
            await begin.Task;
            try
            {
                await serve(connection);
            }
            finally
            {
                _tasks.TryRemove(connection, out _);
                connection.Dispose();
                _live.Leave();
            }
        }
    }

    public void Visit(Action<LiveConnection> visitor)
    {
        foreach (var (connection, _) in _tasks)
        {
            visitor(connection);
        }
    }

    /// <inheritdoc/>
    /// <remarks>A connection here shows what it is led by before the routes are asked for the last time, so all are there to see.</remarks>
    public int Abort(Func<LiveConnection, bool> ends)
    {
        var ended = 0;
        foreach (var (connection, _) in _tasks)
        {
            if (ends(connection))
            {
                connection.Abort();
                ended++;
            }
        }

        return ended;
    }
}
