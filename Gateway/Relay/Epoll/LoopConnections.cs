using Headgate.Gateway.Limits;
using Headgate.Gateway.Listening;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// The connections of one loop: takes accepted sockets in, gives back all that a connection held when it ends, and ends connections because somebody asks
/// for it or the program has a fault. Read from any thread; the rest on the loop's own.
/// </summary>
internal sealed class LoopConnections : ILiveTable
{
    private readonly EventLoop _loop;
    private readonly EdgeServices _services;
    private readonly int _index;
    private readonly int _loops;
    private long _lastId;
    private int _dealt;

    /// <param name="loop">Whose they are.</param>
    /// <param name="services">What all loops share.</param>
    /// <param name="index">Which loop it is.</param>
    /// <param name="loops">Of how many, so that no two give the same id.</param>
    public LoopConnections(EventLoop loop, EdgeServices services, int index, int loops)
    {
        (_loop, _services, _index, _loops) = (loop, services, index, loops);
        Table = new ConnectionTable(loop);
    }

    public ConnectionTable Table { get; }

    /// <summary>Those whose relay has not begun.</summary>
    public OpeningList Openings { get; } = new();

    /// <summary>How many were dealt to this loop and have not ended, those on their way to it included: a burst would all go to whoever had the fewest before it.</summary>
    public int Count => Volatile.Read(ref _dealt);

    /// <summary>An accepted socket is about to come here.</summary>
    public void Expect() => Interlocked.Increment(ref _dealt);

    /// <summary>It went elsewhere after all.</summary>
    public void ExpectNoMore() => Interlocked.Decrement(ref _dealt);

    /// <summary>Takes a socket that was expected.</summary>
    public void Adopt(int socket, in EdgeAddress source, in EdgeAddress destination)
    {
        _services.Counters.Accept();
        if (!_services.Limits.TryAdmit(source.Key, out var admission, out var refusal)
            && !(refusal == Refusal.HandshakeLimit && EndOldestHello() && _services.Limits.TryAdmit(source.Key, out admission, out refusal)))
        {
            _loop.Refusing.Count(refusal, source);
            Drop(socket);
            return;
        }

        var connection = Table.Open((++_lastId * _loops) + _index);
        connection.Source = source;
        connection.Destination = destination;
        connection.Admission = admission;
        connection.Near = new Side { Socket = socket };
        connection.Far = new Side { Socket = -1 };
        connection.Began = connection.LastActivity = _loop.Now;
        Openings.Add(connection);
        _loop.Hello.Begin(connection);
    }

    /// <summary>Gives up an accepted socket that becomes no connection.</summary>
    public void Drop(int socket)
    {
        Libc.Reset(socket);
        ExpectNoMore();
        _services.Budget.Return(DescriptorBudget.PerConnection);
        _services.Live.Leave();
    }

    /// <summary>The connection needs no opening any more.</summary>
    public void EndOpening(EdgeConnection connection)
    {
        if (connection.Opening is not null)
        {
            Openings.Remove(connection);
        }
    }

    /// <summary>Closes what the connection holds and forgets it. Flows have given up what they held.</summary>
    public void Close(EdgeConnection connection, bool isReset)
    {
        connection.Near.Close(isReset);
        connection.Far.Close(isReset);
        EndOpening(connection);
        connection.Stage = Stage.None;
        connection.Admission.Dispose();
        Table.Close(connection);
        ExpectNoMore();
        _services.Budget.Return(DescriptorBudget.PerConnection);
        _services.Live.Leave();
    }

    /// <summary>Ends the connection by reset, because somebody asked for it.</summary>
    public void Abort(EdgeConnection connection)
    {
        if (connection.Stage == Stage.Relay)
        {
            _loop.Relay.End(connection, RelayEnd.Aborted);
        }
        else
        {
            _loop.Refusing.End(connection, Refusal.Ended);
        }
    }

    /// <summary>A fault of the program ends the connection it happened in.</summary>
    public void Fail(EdgeConnection connection, Exception fault)
    {
        if (connection.Stage == Stage.Relay)
        {
            GatewayLog.RelayFault(_services.Log, fault);
            _loop.Relay.End(connection, RelayEnd.Fault);
        }
        else if (connection.Stage != Stage.None)
        {
            GatewayLog.ConnectionFault(_services.Log, fault);
            _loop.Refusing.End(connection, Refusal.Fault);
        }
    }

    /// <summary>The loop ends: nobody is left. Also after a fault that may have left any of them half done.</summary>
    public void EndAll()
    {
        foreach (var connection in Table.Slots.ToArray())
        {
            if (connection is null)
            {
                continue;
            }

            try
            {
                Abort(connection);
            }
            catch (Exception e)
            {
                GatewayLog.ConnectionFault(_services.Log, e);
                if (connection.Stage != Stage.None)
                {
                    Close(connection, isReset: true);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Visit(Action<LiveConnection> visitor)
    {
        foreach (ref readonly var slot in Table.Slots)
        {
            if (Volatile.Read(in slot) is { } connection)
            {
                visitor(connection);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// What counts is the look on the loop's own thread: whatever found its way by what was removed before has shown its name and target by then.
    /// </remarks>
    public int Abort(Func<LiveConnection, bool> ends)
    {
        var seen = 0;
        Visit(connection => seen += ends(connection) ? 1 : 0);
        _loop.Post(LoopCommand.RunOf(() =>
        {
            foreach (var connection in Table.Slots.ToArray())
            {
                if (connection is not null && ends(connection))
                {
                    Abort(connection);
                }
            }
        }));
        return seen;
    }

    /// <summary>Ends the connection that has waited longest for its hello, so that those who only hold places keep nobody out.</summary>
    private bool EndOldestHello()
    {
        for (var oldest = Openings.First; oldest is not null; oldest = oldest.Opening!.Later)
        {
            if (oldest.Stage == Stage.Hello)
            {
                _loop.Refusing.End(oldest, Refusal.HandshakeLimit);
                return true;
            }
        }

        return false;
    }
}
