using System.Buffers;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// Moves bytes from one socket to another, one call in and one call out: through a pipe when much comes at a time, by copying through the loop's buffer
/// otherwise, or when there is no pipe. What the destination does not take stays in the flow.
/// </summary>
internal sealed unsafe class Mover(EventLoop loop)
{
    /// <summary>From this on, moving pages is cheaper than copying them.</summary>
    private const int BulkBytes = 16 * 1024;

    private const int SmallBytes = 4 * 1024;
    private const int SmallTransfers = 16;

    /// <summary>The kernel refuses to splice these sockets, or altogether.</summary>
    private bool _isSpliceRefused;

    /// <summary>Moves at most <paramref name="most"/> bytes. The flow has nothing pending.</summary>
    public Transferred Transfer(ref Flow flow, int from, int to, long most)
    {
        if (flow.IsBulk && !_isSpliceRefused && loop.Pipes.Rent() is { } pipe)
        {
            return Splice(ref flow, pipe, from, to, (int)Math.Min(most, pipe.Bytes));
        }

        return Copy(ref flow, from, to, (int)Math.Min(most, loop.ScratchBytes));
    }

    /// <summary>Gives the destination what waits for it; returns how much it took, or the negative error number.</summary>
    public int Push(ref Flow flow, int to)
    {
        int taken;
        if (flow.Pipe is { } pipe)
        {
            taken = Libc.Splice(pipe.ReadEnd, to, flow.Pending, Libc.SpliceMove | Libc.SpliceNonBlocking);
        }
        else
        {
            fixed (byte* rest = &flow.Buffer![flow.At])
            {
                taken = Libc.Send(to, rest, flow.Pending);
            }
        }

        if (taken < 0)
        {
            return IsTransient(taken) ? 0 : taken;
        }

        flow.At += taken;
        flow.Pending -= taken;
        if (flow.Pending == 0)
        {
            Release(ref flow);
        }

        return taken;
    }

    /// <summary>Gives up what waits: the relay has ended.</summary>
    public void Drop(ref Flow flow)
    {
        if (flow.Pipe is { } pipe)
        {
            loop.Pipes.Discard(pipe);
            flow.Pipe = null;
        }

        Release(ref flow);
        flow.Pending = 0;
    }

    /// <summary>Keeps bytes that the destination did not take.</summary>
    public static void Keep(ref Flow flow, ReadOnlySpan<byte> rest)
    {
        flow.Buffer = ArrayPool<byte>.Shared.Rent(rest.Length);
        rest.CopyTo(flow.Buffer);
        flow.At = 0;
        flow.Pending = rest.Length;
    }

    private static bool IsTransient(int result) => result is -Libc.Again or -Libc.Interrupted;

    private Transferred Copy(ref Flow flow, int from, int to, int most)
    {
        var buffer = loop.Scratch;
        var received = Libc.Receive(from, buffer, most);
        if (received <= 0)
        {
            return NothingOrEnd(received);
        }

        flow.IsBulk = received >= BulkBytes;
        var sent = Libc.Send(to, buffer, received);
        if (sent < 0)
        {
            if (!IsTransient(sent))
            {
                return new Transferred(Transferred.Outcome.DestinationFailed, -sent);
            }

            sent = 0;
        }

        if (sent < received)
        {
            Keep(ref flow, new ReadOnlySpan<byte>(buffer + sent, received - sent));
        }

        return new Transferred(Transferred.Outcome.Moved, sent);
    }

    private Transferred Splice(ref Flow flow, Pipe pipe, int from, int to, int most)
    {
        // From an empty pipe's view EAGAIN means that the source is empty, and nothing else.
        var received = Libc.Splice(from, pipe.WriteEnd, most, Libc.SpliceMove | Libc.SpliceNonBlocking);
        if (received <= 0)
        {
            loop.Pipes.Return(pipe);
            if (-received is Libc.InvalidArgument or Libc.NotPermitted or Libc.NoSystemCall)
            {
                // The last two are a filter's way of saying so.
                _isSpliceRefused = true;
                GatewayLog.SpliceRefused(loop.Log);
                return new Transferred(Transferred.Outcome.Nothing, 0);
            }

            return NothingOrEnd(received);
        }

        Judge(ref flow, received);
        var sent = Libc.Splice(pipe.ReadEnd, to, received, Libc.SpliceMove | Libc.SpliceNonBlocking);
        if (sent == received)
        {
            loop.Pipes.Return(pipe);
            return new Transferred(Transferred.Outcome.Moved, sent);
        }

        if (sent < 0 && !IsTransient(sent))
        {
            loop.Pipes.Discard(pipe);
            return new Transferred(Transferred.Outcome.DestinationFailed, -sent);
        }

        sent = Math.Max(sent, 0);
        flow.Pipe = pipe;
        flow.Pending = received - sent;
        return new Transferred(Transferred.Outcome.Moved, sent);
    }

    /// <summary>A flow whose transfers have become small is copied again, and needs no pipe for that.</summary>
    private static void Judge(ref Flow flow, int received)
    {
        if (received >= SmallBytes)
        {
            flow.SmallTransfers = 0;
        }
        else if (++flow.SmallTransfers == SmallTransfers)
        {
            flow.SmallTransfers = 0;
            flow.IsBulk = false;
        }
    }

    private static Transferred NothingOrEnd(int received) => received == 0
        ? new Transferred(Transferred.Outcome.SourceEnded, 0)
        : IsTransient(received) ? new Transferred(Transferred.Outcome.Nothing, 0) : new Transferred(Transferred.Outcome.SourceFailed, -received);

    private void Release(ref Flow flow)
    {
        if (flow.Pipe is { } pipe)
        {
            loop.Pipes.Return(pipe);
            flow.Pipe = null;
        }

        if (flow.Buffer is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            flow.Buffer = null;
        }
    }
}
