using System.Collections.Immutable;
using Headgate.Gateway.Traffic;

namespace Headgate.Gateway.Listening;

/// <summary>
/// All connections of this process, to list them, to end those of a name, to end all, and to wait until there are none. Safe for concurrent use. Whoever
/// removes a name or a target from the routes and then ends what leads there misses none (<see cref="ILiveTable.Abort"/>).
/// </summary>
internal sealed class LiveConnections(TimeProvider time)
{
    private ImmutableArray<ILiveTable> _tables = [];
    private int _count;
    private TaskCompletionSource? _none;

    /// <summary>Connections held.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Looks into <paramref name="table"/> too, from here on.</summary>
    public void Add(ILiveTable table) => ImmutableInterlocked.Update(ref _tables, static (tables, table) => tables.Add(table), table);

    /// <summary>A connection was accepted; it can be seen in its table, or will be in a moment.</summary>
    public void Enter() => Interlocked.Increment(ref _count);

    /// <summary>A connection has ended and gave back all that it held.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            Interlocked.Exchange(ref _none, null)?.TrySetResult();
        }
    }

    /// <summary>Every connection as it is at the moment, in no order.</summary>
    public IReadOnlyList<ConnectionInfo> List()
    {
        var all = new List<ConnectionInfo>(Count);
        Visit(connection =>
        {
            if (connection.Describe(time) is { } info)
            {
                all.Add(info);
            }
        });
        return all;
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
        while (true)
        {
            // First the promise, then the look: the last one to leave keeps the promise, or the look sees that it left.
            var none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            none = Interlocked.CompareExchange(ref _none, none, null) ?? none;
            if (Count == 0)
            {
                return;
            }

            await none.Task.WaitAsync(cancellationToken);
        }
    }

    private int AbortWhere(Func<LiveConnection, bool> ends)
    {
        var ended = 0;
        foreach (var table in _tables)
        {
            ended += table.Abort(ends);
        }

        return ended;
    }

    private void Visit(Action<LiveConnection> visitor)
    {
        foreach (var table in _tables)
        {
            table.Visit(visitor);
        }
    }
}
