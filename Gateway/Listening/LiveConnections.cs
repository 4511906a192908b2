using System.Collections.Concurrent;

namespace Headgate.Gateway.Listening;

/// <summary>All connections of this process, to end those of a name, to end all, and to wait until there are none. Safe for concurrent use.</summary>
internal sealed class LiveConnections
{
    private readonly ConcurrentDictionary<LiveConnection, Task> _tasks = new();

    /// <summary>Connections held.</summary>
    public int Count => _tasks.Count;

    /// <summary>Runs <paramref name="serve"/> for a new connection and holds on to it until it ends. The task never throws.</summary>
    public void Run(Func<LiveConnection, Task> serve)
    {
        var connection = new LiveConnection();
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
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
            }
        }
    }

    /// <summary>Ends the connections that asked for one of <paramref name="serverNames"/>; returns how many.</summary>
    public int Abort(IReadOnlyCollection<string> serverNames)
    {
        var names = serverNames.ToHashSet(StringComparer.Ordinal);
        return AbortWhere(connection => connection.ServerName is { } name && names.Contains(name));
    }

    /// <summary>Ends the connections that were led to one of <paramref name="targets"/>; returns how many.</summary>
    public int AbortTargets(IReadOnlyCollection<string> targets) => AbortWhere(connection => connection.Target is { } target && targets.Contains(target));

    /// <summary>Ends all; returns how many.</summary>
    public int AbortAll() => AbortWhere(_ => true);

    /// <summary>Waits until none is left.</summary>
    /// <exception cref="OperationCanceledException">The token ended the wait first.</exception>
    public async Task WaitForNoneAsync(CancellationToken cancellationToken)
    {
        while (_tasks.Values.FirstOrDefault() is { } task)
        {
            await task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private int AbortWhere(Func<LiveConnection, bool> ends)
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
