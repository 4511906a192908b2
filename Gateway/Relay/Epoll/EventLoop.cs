using System.Runtime.InteropServices;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Traffic;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// One thread that serves its connections from accept to close, each stage in a class of its own. It waits for sockets in epoll and for other threads in
/// <see cref="CommandQueue"/>, and for nothing else. Nothing here allocates for a connection whose route is cached. A fault of the program in one connection
/// ends that connection; one of the loop itself ends the loop, and with it the engine.
/// <para>
/// The 64 bits that epoll carries for a socket: generation(32) slot(31) side(1). Generation 0 is no connection: 0 the event queue, others listening sockets.
/// </para>
/// </summary>
internal sealed unsafe class EventLoop : ILiveTable, IDisposable
{
    /// <summary>What is copied at a time.</summary>
    private const int CopyBytes = 64 * 1024;

    private readonly EdgeServices _services;
    private readonly Poller _poller = new();
    private readonly CommandQueue _commands = new();
    private readonly ConnectionTable _table;
    private readonly OpeningList _openings = new();
    private readonly List<Acceptor> _acceptors = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private readonly byte* _memory;
    private readonly int _index;
    private readonly int _loops;
    private readonly int? _processor;
    private readonly long _checkEvery;
    private long _lastCheck;
    private long _lastId;
    private bool _isStopped;

    public EventLoop(EdgeServices services, int index, int loops, int mostPipes, int? processor)
    {
        _services = services;
        _index = index;
        _loops = loops;
        _processor = processor;
        _memory = (byte*)NativeMemory.Alloc(HelloStage.HeadRoom + CopyBytes);
        _table = new ConnectionTable(this);
        _checkEvery = (long)(Math.Clamp(Shortest(services.Options).TotalSeconds / 4, 0.01, 1) * services.Time.TimestampFrequency);
        Pipes = new PipePool(
            mostPipes,
            services.Options.RelayPipeBytes,
            () => services.Budget.TryTake(2),
            services.Budget.Return,
            (got, open) => GatewayLog.SmallPipes(services.Log, got, services.Options.RelayPipeBytes, open));
        Tenants = new LoopTenants(services.Meters);
        Hello = new HelloStage(this, services);
        Dial = new DialStage(this, services);
        Relay = new RelayStage(this, services);
        Refusing = new RefusingStage(this, services);
        _poller.Add(_commands.Event, Libc.EpollIn, 0);
        _thread = new Thread(Run) { IsBackground = true, Name = $"relay-{index}" };
    }

    /// <summary>Completes when the loop was stopped, and fails when it died.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Connections held; read by other loops to deal new ones.</summary>
    public int Connections => _table.Count;

    /// <summary>The time of this round of events.</summary>
    public long Now { get; private set; }

    /// <summary>What is copied goes through here; in front of it is room for a PROXY header.</summary>
    public byte* Scratch => _memory + HelloStage.HeadRoom;

    public int ScratchBytes => CopyBytes;

    public PipePool Pipes { get; }

    public LoopTenants Tenants { get; }

    public LoopTraffic Traffic { get; } = new();

    public HelloStage Hello { get; }

    public DialStage Dial { get; }

    public RelayStage Relay { get; }

    public RefusingStage Refusing { get; }

    public ILogger Log => _services.Log;

    public void Start() => _thread.Start();

    /// <summary>Asks something of the loop. Safe from any thread.</summary>
    public void Post(in LoopCommand command) => _commands.Post(command);

    /// <summary>Takes a socket from accept, on the loop's thread or, by the queue, from another's.</summary>
    public void Adopt(int socket, in EdgeAddress source, in EdgeAddress destination)
    {
        _services.Counters.Accept();
        if (!_services.Limits.TryAdmit(source.Key, out var admission, out var refusal)
            && !(refusal == Refusal.HandshakeLimit && EndOldestHello() && _services.Limits.TryAdmit(source.Key, out admission, out refusal)))
        {
            Refusing.Count(refusal, source);
            Libc.Reset(socket);
            _services.Budget.Return(Limits.DescriptorBudget.PerConnection);
            return;
        }

        var connection = _table.Open((++_lastId * _loops) + _index);
        connection.Source = source;
        connection.Destination = destination;
        connection.Admission = admission;
        connection.Near = new Side { Socket = socket };
        connection.Far = new Side { Socket = -1 };
        connection.Began = connection.LastActivity = Now;
        _services.Live.Enter();
        _openings.Add(connection);
        Hello.Begin(connection);
    }

    /// <summary>Tells epoll what is wanted of a socket, if that differs from what it was told.</summary>
    public void Want(EdgeConnection connection, bool isTarget, uint wanted)
    {
        ref var side = ref isTarget ? ref connection.Far : ref connection.Near;
        if (side.IsWatched && side.Wanted == wanted && (wanted != 0 || !side.HasHungUp))
        {
            return;
        }

        var data = ((ulong)connection.Generation << 32) | ((uint)connection.Slot << 1) | (isTarget ? 1u : 0u);
        if (!side.IsWatched)
        {
            if (wanted == 0 && side.HasHungUp)
            {
                return;
            }

            _poller.Add(side.Socket, wanted, data);
            side.IsWatched = true;
        }
        else if (wanted == 0 && side.HasHungUp)
        {
            _poller.Remove(side.Socket);
            side.IsWatched = false;
        }
        else
        {
            _poller.Modify(side.Socket, wanted, data);
        }

        side.Wanted = wanted;
    }

    /// <summary>Closes what the connection holds and forgets it. Flows have given up what they held.</summary>
    public void Close(EdgeConnection connection, bool isReset)
    {
        CloseSide(ref connection.Near, isReset);
        CloseSide(ref connection.Far, isReset);
        EndOpening(connection);
        connection.Stage = Stage.None;
        connection.Admission.Dispose();
        _table.Close(connection);
        _services.Budget.Return(Limits.DescriptorBudget.PerConnection);
        _services.Live.Leave();
    }

    public static void CloseSide(ref Side side, bool isReset)
    {
        if (side.Socket < 0)
        {
            return;
        }

        if (isReset)
        {
            Libc.Reset(side.Socket);
        }
        else
        {
            _ = Libc.Close(side.Socket);
        }

        side = new Side { Socket = -1 };
    }

    /// <summary>The connection needs no opening any more.</summary>
    public void EndOpening(EdgeConnection connection)
    {
        if (connection.Opening is not null)
        {
            _openings.Remove(connection);
        }
    }

    /// <summary>When something that begins now and may take <paramref name="span"/> is over.</summary>
    public long In(TimeSpan span) => Now + (long)(span.TotalSeconds * _services.Time.TimestampFrequency);

    /// <summary>Begins or ends accepting on this loop. On its own thread only.</summary>
    public void Watch(Acceptor acceptor)
    {
        _acceptors.Add(acceptor);
        Resume(acceptor);
    }

    public void Resume(Acceptor acceptor)
    {
        if (!acceptor.IsWatched)
        {
            _poller.Add(acceptor.Socket, Libc.EpollIn | Libc.EpollExclusive, (ulong)_acceptors.IndexOf(acceptor) + 1);
            acceptor.IsWatched = true;
        }
    }

    public void Pause(Acceptor acceptor)
    {
        if (acceptor.IsWatched)
        {
            _poller.Remove(acceptor.Socket);
            acceptor.IsWatched = false;
        }
    }

    /// <summary>Goes on with acceptors that had paused. On its own thread only.</summary>
    public void ResumeAccepting()
    {
        foreach (var acceptor in _acceptors)
        {
            if (acceptor is { IsPaused: true, IsDone: false })
            {
                acceptor.Resume();
            }
        }
    }

    public void Unwatch(Acceptor acceptor)
    {
        Pause(acceptor);

        // Its place stays: epoll's data names places.
        acceptor.IsDone = true;
        while (_acceptors.Count > 0 && _acceptors[^1].IsDone)
        {
            _acceptors.RemoveAt(_acceptors.Count - 1);
        }
    }

    /// <inheritdoc/>
    public void Visit(Action<LiveConnection> visitor)
    {
        foreach (ref readonly var slot in _table.Slots)
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
        Post(LoopCommand.RunOf(() =>
        {
            foreach (var connection in _table.Slots.ToArray())
            {
                if (connection is not null && ends(connection))
                {
                    Abort(connection);
                }
            }
        }));
        return seen;
    }

    /// <summary>Ends the loop; connections that are left are reset.</summary>
    public void Dispose()
    {
        if (_thread.IsAlive)
        {
            Post(LoopCommand.Stop);
            _thread.Join();
        }

        _commands.Dispose();
        _poller.Dispose();
        NativeMemory.Free(_memory);
    }

    /// <summary>A fault of the program ends the connection it happened in.</summary>
    public void Fail(EdgeConnection connection, Exception fault)
    {
        if (connection.Stage == Stage.Relay)
        {
            GatewayLog.RelayFault(_services.Log, fault);
            Relay.End(connection, RelayEnd.Fault);
        }
        else if (connection.Stage != Stage.None)
        {
            GatewayLog.ConnectionFault(_services.Log, fault);
            Refusing.End(connection, Refusal.Fault);
        }
    }

    private static TimeSpan Shortest(GatewayOptions options) => ((ReadOnlySpan<TimeSpan>)
        [options.IdleTimeout, options.StallTimeout, options.HelloTimeout, options.DialTimeout]).ToArray().Min();

    private void Run()
    {
        try
        {
            if (_processor is { } processor)
            {
                Processors.Keep(processor);
            }

            while (!_isStopped)
            {
                RunOnce();
            }

            Abort();
            _ended.SetResult();
        }
        catch (Exception e)
        {
            // Whoever awaits the engine's failure stops the host.
            GatewayLog.LoopDied(_services.Log, e, _index);
            _ended.SetException(e);
        }
        finally
        {
            Pipes.CloseFree();
            Dial.Dispose();
        }
    }

    private void RunOnce()
    {
        var count = _commands.TrySleep() ? _poller.Wait(UntilNextTurn()) : _poller.Wait(0);
        _commands.Wake();
        Now = _services.Time.GetTimestamp();
        Tenants.NextRound();
        for (var i = 0; i < count; i++)
        {
            Dispatch(_poller.Event(i, out var data), data);
        }

        foreach (ref readonly var command in CollectionsMarshal.AsSpan(_commands.Take()))
        {
            Obey(command);
        }

        if (Tenants.HasHeld)
        {
            Tenants.Serve(Relay, Now);
        }
    }

    private int UntilNextTurn() => Tenants.HasHeld ? (int)Math.Ceiling(Tenants.NextTurn(_services.Time.GetTimestamp()).TotalMilliseconds) : -1;

    private void Dispatch(uint events, ulong data)
    {
        if (data >> 32 == 0)
        {
            if (data == 0)
            {
                _commands.Acknowledge();
            }
            else if ((int)data <= _acceptors.Count)
            {
                _acceptors[(int)data - 1].Accept();
            }

            return;
        }

        if (_table.Find((int)((uint)data >> 1), (uint)(data >> 32)) is not { } connection)
        {
            // Closed by an event before this one.
            return;
        }

        try
        {
            var isTarget = (data & 1) != 0;
            switch (connection.Stage)
            {
                case Stage.Relay:
                    Relay.OnEvent(connection, isTarget, events);
                    break;
                case Stage.Hello:
                    Hello.OnEvent(connection);
                    break;
                case Stage.Dial when isTarget:
                    Dial.OnEvent(connection);
                    break;
                case Stage.Route or Stage.Dial:
                    Hello.OnEarlyEvent(connection, events);
                    break;
                default:
                    Refusing.OnEvent(connection);
                    break;
            }
        }
        catch (Exception e)
        {
            Fail(connection, e);
        }
    }

    private void Obey(in LoopCommand command)
    {
        switch (command.What)
        {
            case LoopCommand.Kind.Adopt:
                Adopt(command.Socket, command.Source, command.Destination);
                break;
            case LoopCommand.Kind.Tick:
                Tick();
                break;
            case LoopCommand.Kind.Run:
                ((Action)command.Value!)();
                break;
            case LoopCommand.Kind.Stop:
                _isStopped = true;
                break;
            default:
                if (_table.FindById(command.Slot, command.Id) is { } connection)
                {
                    Obey(command, connection);
                }

                break;
        }
    }

    private void Obey(in LoopCommand command, EdgeConnection connection)
    {
        try
        {
            if (command.What == LoopCommand.Kind.Abort)
            {
                Abort(connection);
            }
            else if (connection.Stage == Stage.Route)
            {
                Hello.OnAnswer(connection, command.Value);
            }
            else if (connection.Stage == Stage.Dial)
            {
                Dial.OnAddresses(connection, command.Value);
            }
        }
        catch (Exception e)
        {
            Fail(connection, e);
        }
    }

    /// <summary>Ends the connection that has waited longest for its hello, so that those who only hold places keep nobody out.</summary>
    private bool EndOldestHello()
    {
        for (var oldest = _openings.First; oldest is not null; oldest = oldest.Opening!.Later)
        {
            if (oldest.Stage == Stage.Hello)
            {
                Refusing.End(oldest, Refusal.HandshakeLimit);
                return true;
            }
        }

        return false;
    }

    private void Abort(EdgeConnection connection)
    {
        if (connection.Stage == Stage.Relay)
        {
            Relay.End(connection, RelayEnd.Aborted);
        }
        else
        {
            Refusing.End(connection, Refusal.Ended);
        }
    }

    private void Abort()
    {
        foreach (var connection in _table.Slots.ToArray())
        {
            if (connection is not null)
            {
                Abort(connection);
            }
        }
    }

    private void Tick()
    {
        if (_services.Budget.MayAccept)
        {
            ResumeAccepting();
        }

        for (var (opening, next) = (_openings.First, _openings.First?.Opening!.Later); opening is not null; (opening, next) = (next, next?.Opening?.Later))
        {
            if (opening.Opening!.Deadline <= Now)
            {
                Over(opening);
            }
        }

        if (Now - _lastCheck < _checkEvery)
        {
            return;
        }

        _lastCheck = Now;
        Pipes.Trim();
        Tenants.Trim();
        foreach (var connection in _table.Slots)
        {
            if (connection?.Stage == Stage.Relay)
            {
                CheckLimits(connection);
            }
        }
    }

    private void CheckLimits(EdgeConnection connection)
    {
        try
        {
            Relay.CheckLimits(connection);
        }
        catch (Exception e)
        {
            Fail(connection, e);
        }
    }

    private void Over(EdgeConnection connection)
    {
        try
        {
            switch (connection.Stage)
            {
                case Stage.Hello:
                    Refusing.End(connection, Refusal.HelloTimeout);
                    break;
                case Stage.Dial:
                    Dial.OnTimeout(connection);
                    break;
                case Stage.Refused:
                    Close(connection, isReset: false);
                    break;
                default:
                    // The look-up has a time limit of its own.
                    break;
            }
        }
        catch (Exception e)
        {
            Fail(connection, e);
        }
    }
}
