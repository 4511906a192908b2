using System.Net.Sockets;
using System.Runtime.InteropServices;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Listening;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// A listening socket on one loop. Every loop accepts from it, one at a time (EPOLLEXCLUSIVE wakes one), in batches, and deals what it takes: it keeps a
/// connection unless another loop has fewer. Streams would otherwise gather on the loop that happens to wake first.
/// </summary>
internal sealed unsafe class Acceptor(EventLoop loop, EpollListening listening, EdgeServices services)
{
    private const int Batch = 64;

    /// <summary>Taken out of the poll set because accepting failed or was told to pause.</summary>
    public bool IsPaused { get; private set; }

    public bool IsWatched { get; set; }

    public bool IsDone { get; set; }

    public int Socket => listening.Descriptor;

    /// <summary>Takes what waits in the backlog, a batch of it at most. Returns how many came.</summary>
    public int Accept()
    {
        var raw = stackalloc byte[EdgeAddress.MaxBytes];
        for (var taken = 0; taken < Batch; taken++)
        {
            if (!services.Budget.TryTakeForAccept())
            {
                Pause();
                return taken;
            }

            var length = EdgeAddress.MaxBytes;
            var socket = Libc.Accept(Socket, raw, &length);
            if (socket < 0)
            {
                services.Budget.Return(DescriptorBudget.PerConnection);
                if (!GoesOn(-socket))
                {
                    return taken;
                }

                continue;
            }

            Deal(socket, EdgeAddress.Read(new ReadOnlySpan<byte>(raw, EdgeAddress.MaxBytes)));
        }

        return Batch;
    }

    /// <summary>Accepts again after a pause.</summary>
    public void Resume()
    {
        IsPaused = false;
        loop.Acceptors.Resume(this);
    }

    private bool GoesOn(int error)
    {
        if (error == Libc.Again)
        {
            return false;
        }

        var tier = error switch
        {
            Libc.FilesOfProcess or Libc.FilesOfSystem or Libc.NoBufferSpace or Libc.OutOfMemory or Libc.NetworkDown => AcceptError.Pressure,
            Libc.InvalidArgument or Libc.BadDescriptor or Libc.NotSocket or Libc.NotSupported => AcceptError.Fatal,
            _ => AcceptError.Peer,
        };
        services.Metrics.AcceptFailed(tier);
        switch (tier)
        {
            case AcceptError.Pressure:
                if (error is Libc.FilesOfProcess or Libc.FilesOfSystem)
                {
                    // Counted and said there.
                    services.Budget.RanOut();
                }
                else
                {
                    GatewayLog.AcceptPauses(services.Log, Marshal.GetPInvokeErrorMessage(error));
                }

                Pause();
                return false;
            case AcceptError.Fatal:
                loop.Acceptors.Pause(this);
                listening.Break(error);
                return false;
            default:
                // The connection went away before it was taken.
                return true;
        }
    }

    private void Pause()
    {
        IsPaused = true;
        loop.Acceptors.Pause(this);
    }

    private void Deal(int socket, in EdgeAddress source)
    {
        var destination = listening.IsAny ? LocalAddress(socket) : listening.Address;
        var taker = listening.TakerInsteadOf(loop);

        // Counted in here: on its way to another loop it is one that a stopping host must wait for.
        services.Live.Enter();
        taker.Connections.Expect();
        if (taker != loop)
        {
            if (taker.Post(LoopCommand.AdoptOf(socket, source, destination)))
            {
                return;
            }

            taker.Connections.ExpectNoMore();
            loop.Connections.Expect();
        }

        loop.Connections.Adopt(socket, source, destination);
    }

    private EdgeAddress LocalAddress(int socket)
    {
        var raw = stackalloc byte[EdgeAddress.MaxBytes];
        var length = EdgeAddress.MaxBytes;
        return Libc.LocalAddress(socket, raw, &length) < 0 ? listening.Address : EdgeAddress.Read(new ReadOnlySpan<byte>(raw, EdgeAddress.MaxBytes));
    }
}
