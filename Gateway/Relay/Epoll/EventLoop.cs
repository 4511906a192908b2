using System.Runtime.InteropServices;
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
internal sealed unsafe class EventLoop : IDisposable
{
    /// <summary>What is copied at a time.</summary>
    private const int CopyBytes = 64 * 1024;

    private readonly EdgeServices _services;
    private readonly CommandQueue _commands = new();
    private readonly LoopDeadlines _deadlines;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private readonly byte* _memory;
    private readonly int _index;
    private readonly int? _processor;
    private bool _isStopped;

    public EventLoop(EdgeServices services, int index, int loops, int mostPipes, int? processor)
    {
        _services = services;
        _index = index;
        _processor = processor;
        _memory = (byte*)NativeMemory.Alloc(HelloStage.HeadRoom + CopyBytes);
        Connections = new LoopConnections(this, services, index, loops);
        Acceptors = new LoopAcceptors(Poller);
        _deadlines = new LoopDeadlines(this, services);
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
        Poller.Add(_commands.Event, Libc.EpollIn, 0);
        _thread = new Thread(Run) { IsBackground = true, Name = $"relay-{index}" };
    }

    /// <summary>Completes when the loop was stopped, and fails when it died. Nothing of its connections is left by then.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The time of this round of events.</summary>
    public long Now { get; private set; }

    /// <summary>What is copied goes through here; in front of it is room for a PROXY header.</summary>
    public byte* Scratch => _memory + HelloStage.HeadRoom;

    public int ScratchBytes => CopyBytes;

    public Poller Poller { get; } = new();

    public LoopConnections Connections { get; }

    public LoopAcceptors Acceptors { get; }

    public PipePool Pipes { get; }

    public LoopTenants Tenants { get; }

    public LoopTraffic Traffic { get; } = new();

    public HelloStage Hello { get; }

    public DialStage Dial { get; }

    public RelayStage Relay { get; }

    public RefusingStage Refusing { get; }

    public ILogger Log => _services.Log;

    public void Start() => _thread.Start();

    /// <summary>Asks something of the loop; false when it has ended. Safe from any thread.</summary>
    public bool Post(in LoopCommand command) => _commands.Post(command);

    /// <summary>When something that begins now and may take <paramref name="span"/> is over.</summary>
    public long In(TimeSpan span) => Now + (long)(span.TotalSeconds * _services.Time.TimestampFrequency);

    /// <summary>Ends the loop; connections that are left are reset.</summary>
    public void Dispose()
    {
        if (_thread.IsAlive)
        {
            Post(LoopCommand.Stop);
            _thread.Join();
        }

        _commands.Dispose();
        Poller.Dispose();
        NativeMemory.Free(_memory);
    }

    private void Run()
    {
        Exception? fault = null;
        try
        {
            if (_processor is { } processor)
            {
                Processors.Keep(processor);
            }

            TimeSlice.Shorten();

            while (!_isStopped)
            {
                RunOnce();
            }
        }
        catch (Exception e)
        {
            // Whoever awaits the engine's failure stops the host.
            GatewayLog.LoopDied(_services.Log, e, _index);
            fault = e;
        }

        try
        {
            GiveUp();
        }
        catch (Exception e)
        {
            GatewayLog.LoopDied(_services.Log, e, _index);
            fault ??= e;
        }

        if (fault is null)
        {
            _ended.SetResult();
        }
        else
        {
            _ended.SetException(fault);
        }
    }

    private void RunOnce()
    {
        var count = _commands.TrySleep() ? Poller.Wait(UntilNextTurn()) : Poller.Wait(0);
        _commands.Wake();
        Now = _services.Time.GetTimestamp();
        Tenants.NextRound();
        for (var i = 0; i < count; i++)
        {
            Dispatch(Poller.Event(i, out var data), data);
        }

        _commands.Take();
        while (_commands.HasNext)
        {
            Obey(_commands.Next());
        }

        if (Tenants.HasHeld)
        {
            Tenants.Serve(Relay, Now);
        }
    }

    /// <summary>The host drains until no connection is left: also those must end that a dead loop had, or was about to have.</summary>
    private void GiveUp()
    {
        foreach (var command in _commands.Close())
        {
            if (command.What == LoopCommand.Kind.Adopt)
            {
                Connections.Drop(command.Socket);
            }
        }

        Connections.EndAll();
        Pipes.CloseFree();
        Dial.Dispose();
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
            else
            {
                Acceptors.OnEvent((int)data);
            }

            return;
        }

        if (Connections.Table.Find((int)((uint)data >> 1), (uint)(data >> 32)) is not { } connection)
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
            Connections.Fail(connection, e);
        }
    }

    private void Obey(in LoopCommand command)
    {
        switch (command.What)
        {
            case LoopCommand.Kind.Adopt:
                Connections.Adopt(command.Socket, command.Source, command.Destination);
                break;
            case LoopCommand.Kind.Tick:
                _deadlines.Tick();
                break;
            case LoopCommand.Kind.Run:
                ((Action)command.Value!)();
                break;
            case LoopCommand.Kind.Stop:
                _isStopped = true;
                break;
            default:
                if (Connections.Table.FindById(command.Slot, command.Id) is { } connection)
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
                Connections.Abort(connection);
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
            Connections.Fail(connection, e);
        }
    }
}
