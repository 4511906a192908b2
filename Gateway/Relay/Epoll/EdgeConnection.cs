using System.Diagnostics.CodeAnalysis;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Traffic;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// A connection on an event loop: its two sockets, its two flows, its stage. Plain fields and no object of its own behind them, because an idle one must
/// cost little. Only its loop writes; used again for other connections, each with another id.
/// </summary>
[SuppressMessage("Design", "CA1051", Justification = "Structs are changed in place.")]
internal sealed class EdgeConnection(EventLoop loop) : LiveConnection
{
    /// <summary>0 while it is none.</summary>
    public long Id;
    public int Slot;

    /// <summary>Tells events of this use from those of an earlier one.</summary>
    public uint Generation;
    public Stage Stage;
    public bool HasKeepAlive;
    public EdgeAddress Source;
    public EdgeAddress Destination;
    public Admission Admission;
    /// <summary>The tenant's socket.</summary>
    public Side Near;

    /// <summary>The target's socket.</summary>
    public Side Far;

    public Flow Up;
    public Flow Down;
    public long Began;
    public long LastActivity;
    public Opening? Opening;

    /// <summary>Its tenant on this loop; null before the relay.</summary>
    public LoopTenant? Owner;

    /// <inheritdoc/>
    public override void Abort()
    {
        if (Volatile.Read(ref Id) is var id && id != 0)
        {
            loop.Post(LoopCommand.AbortOf(Slot, id));
        }
    }

    public override ConnectionInfo? Describe(TimeProvider time)
    {
        var id = Volatile.Read(ref Id);
        var info = new ConnectionInfo(
            id,
            StageName(Stage),
            Source.ToString(),
            ServerName,
            Volatile.Read(ref Owner)?.Meter.Tenant,
            Target,
            time.GetElapsedTime(Began),
            time.GetElapsedTime(Volatile.Read(ref LastActivity)),
            Volatile.Read(ref Up.Bytes),
            Volatile.Read(ref Down.Bytes));

        // Otherwise it may be half of one connection and half of the next.
        return id != 0 && Volatile.Read(ref Id) == id ? info : null;
    }

    /// <summary>As new.</summary>
    public void Clear()
    {
        ServerName = null;
        Target = null;
        Stage = Stage.None;
        HasKeepAlive = false;
        Admission = default;
        Up = default;
        Down = default;
        Opening = null;
        Owner = null;
    }

    private static string StageName(Stage stage) => stage switch
    {
        Stage.Hello => "hello",
        Stage.Route => "route",
        Stage.Dial => "dial",
        Stage.Relay => "relay",
        _ => "refused",
    };
}
