using System.Net;
using System.Net.Sockets;
using Headgate.Gateway.Listening;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>A listening socket on all loops of an engine.</summary>
internal sealed class EpollListening : IListening
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Socket _listener;
    private readonly EventLoop[] _loops;
    private readonly Acceptor[] _acceptors;

    public EpollListening(Socket listener, EventLoop[] loops, EdgeServices services)
    {
        _listener = listener;
        _loops = loops;
        _listener.Blocking = false;
        Descriptor = (int)listener.SafeHandle.DangerousGetHandle();
        var endPoint = (IPEndPoint)listener.LocalEndPoint!;
        Address = EdgeAddress.Of(endPoint.Address, endPoint.Port);
        IsAny = Address.IsAny;
        EdgeSocket.PrepareListener(Descriptor);
        _acceptors = Array.ConvertAll(loops, loop => new Acceptor(loop, this, services));
        for (var i = 0; i < loops.Length; i++)
        {
            var (loop, acceptor) = (loops[i], _acceptors[i]);
            loop.Post(LoopCommand.RunOf(() => loop.Acceptors.Watch(acceptor)));
        }
    }

    public Task Ended => _ended.Task;

    public int Descriptor { get; }

    /// <summary>Where it listens.</summary>
    public EdgeAddress Address { get; }

    /// <summary>It listens on all addresses, so that only a connection tells its own.</summary>
    public bool IsAny { get; }

    /// <summary>Which loop takes a connection that <paramref name="accepting"/> accepted: the one with the fewest; while there are many, only when the difference is worth a hand-over.</summary>
    public EventLoop TakerInsteadOf(EventLoop accepting)
    {
        var fewest = accepting;
        var least = accepting.Connections.Count;
        least -= least / 16;
        foreach (var loop in _loops)
        {
            if (loop.Connections.Count < least)
            {
                (fewest, least) = (loop, loop.Connections.Count);
            }
        }

        return fewest;
    }

    /// <summary>The socket is of no more use.</summary>
    public void Break(int error) => _ended.TrySetException(new SocketException(error));

    public async Task StopAsync()
    {
        for (var i = 0; i < _loops.Length; i++)
        {
            var (loop, acceptor, isLast) = (_loops[i], _acceptors[i], i == _loops.Length - 1);
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            loop.Post(LoopCommand.RunOf(() =>
            {
                // Nobody else accepts any more when the last one takes what is left.
                loop.Acceptors.Unwatch(acceptor);
                while (isLast && acceptor.Accept() > 0)
                {
                }

                stopped.SetResult();
            }));
            await Task.WhenAny(stopped.Task, loop.Ended);
        }

        _listener.Dispose();
        _ended.TrySetResult();
    }
}
