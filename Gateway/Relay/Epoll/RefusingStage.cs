using Headgate.Gateway.Listening;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// Connections that come no further: counted, told why by an alert, and given a moment to read it, because closing with unread bytes would reset the
/// connection and take the alert away.
/// </summary>
internal sealed unsafe class RefusingStage(EventLoop loop, EdgeServices services)
{
    private const int DrainBytes = 64 * 1024;
    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(1);

    /// <summary>Counts a refusal.</summary>
    public void Count(Refusal refusal, in EdgeAddress source)
    {
        services.Counters.Refuse(refusal);
        services.Metrics.Refused(refusal);
        if (services.Log.IsEnabled(LogLevel.Debug))
        {
            GatewayLog.Refused(services.Log, source.ToEndPoint(), RefusalNames.Of(refusal));
        }
    }

    /// <summary>Refuses with an alert.</summary>
    public void Begin(EdgeConnection connection, Refusal refusal)
    {
        Count(refusal, connection.Source);
        connection.Stage = Stage.Refused;

        // Hearing the alert out takes a moment, in which it keeps nobody from being led.
        connection.Admission.TryLead(null, out _);
        connection.Far.Close(isReset: true);
        var opening = connection.Opening!;
        opening.Clear();
        opening.Deadline = loop.In(s_linger);
        var socket = connection.Near.Socket;
        fixed (byte* alert = TlsAlert.Record(TlsAlert.For(refusal)))
        {
            if (Libc.Send(socket, alert, TlsAlert.Bytes) < 0 || Libc.ShutDownWriting(socket) < 0)
            {
                // The refusal is counted; whether the client heard the reason is its own affair.
                loop.Connections.Close(connection, isReset: false);
                return;
            }
        }

        loop.Poller.Want(connection, isTarget: false, Libc.EpollIn);
    }

    /// <summary>Reads what a refused client still sends.</summary>
    public void OnEvent(EdgeConnection connection)
    {
        var received = Libc.Receive(connection.Near.Socket, loop.Scratch, loop.ScratchBytes);
        if (received is -Libc.Again or -Libc.Interrupted)
        {
            return;
        }

        var opening = connection.Opening!;
        opening.Drained += Math.Max(received, 0);
        if (received <= 0 || opening.Drained >= DrainBytes)
        {
            loop.Connections.Close(connection, isReset: false);
        }
    }

    /// <summary>The client went away, or cannot be heard, before it was led anywhere.</summary>
    public void CloseTorn(EdgeConnection connection)
    {
        Count(Refusal.HelloTorn, connection.Source);
        loop.Connections.Close(connection, isReset: false);
    }

    /// <summary>Ends a connection that is not relayed yet by reset. One that was refused already is counted already.</summary>
    public void End(EdgeConnection connection, Refusal refusal)
    {
        if (connection.Stage != Stage.Refused)
        {
            Count(refusal, connection.Source);
        }

        loop.Connections.Close(connection, isReset: true);
    }
}
