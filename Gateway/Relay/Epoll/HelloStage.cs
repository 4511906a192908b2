using Headgate.Gateway.Listening;
using Headgate.Gateway.Routing;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// From accept until the name leads somewhere. A hello that comes whole, as it nearly always does, is read into the loop's buffer and kept nowhere.
/// </summary>
internal sealed class HelloStage(EventLoop loop, EdgeServices services)
{
    /// <summary>In front of the hello, for the PROXY header.</summary>
    public const int HeadRoom = Protocol.Proxy.ProxyHeader.MaxLength;

    private const int FirstKeptBytes = 4 * 1024;
    private readonly char[] _name = new char[ServerNameParser.MaxNameBytes];

    public void Begin(EdgeConnection connection)
    {
        connection.Stage = Stage.Hello;
        connection.Opening!.Deadline = loop.In(services.Options.HelloTimeout);

        // Not read at once: it comes a moment after the connection, and the poll set must know the socket anyway.
        loop.Poller.Want(connection, isTarget: false, Libc.EpollIn);
    }

    public unsafe void OnEvent(EdgeConnection connection)
    {
        var opening = connection.Opening!;
        var kept = opening.KeptBytes;
        opening.KeptSpan.CopyTo(new Span<byte>(loop.Scratch, ClientHelloParser.MaxBytes));
        var received = Libc.Receive(connection.Near.Socket, loop.Scratch + kept, ClientHelloParser.MaxBytes - kept);
        if (received is -Libc.Again or -Libc.Interrupted)
        {
            return;
        }

        if (received <= 0)
        {
            loop.Refusing.CloseTorn(connection);
            return;
        }

        var all = new ReadOnlySpan<byte>(loop.Scratch, kept + received);
        switch (ClientHelloParser.TryParse(all, _name, out var nameLength, out var fault))
        {
            case ClientHelloStatus.NeedMore:
                opening.Keep(all, FirstKeptBytes);
                break;
            case ClientHelloStatus.Malformed:
                loop.Refusing.Begin(connection, ReasonOf(fault));
                break;
            case ClientHelloStatus.Ok when nameLength == 0:
                loop.Refusing.Begin(connection, Refusal.NoServerName);
                break;
            default:
                opening.HelloBytes = all.Length;
                Resolve(connection, _name.AsSpan(0, nameLength), all);
                break;
        }
    }

    /// <summary>Something came, or the connection broke, while the client is to wait.</summary>
    public void OnEarlyEvent(EdgeConnection connection, uint events)
    {
        if ((events & (Libc.EpollError | Libc.EpollHangUp)) != 0)
        {
            loop.Refusing.CloseTorn(connection);
            return;
        }

        loop.Poller.Want(connection, isTarget: false, 0);
    }

    /// <summary>The silo's answer is there, or null when asking failed in this program.</summary>
    public unsafe void OnAnswer(EdgeConnection connection, object? answer)
    {
        var opening = connection.Opening!;
        if (answer is not RouteAnswer route)
        {
            loop.Refusing.Begin(connection, Refusal.Fault);
            return;
        }

        var hello = new Span<byte>(loop.Scratch, opening.KeptBytes);
        opening.KeptSpan.CopyTo(hello);
        Lead(connection, route, hello);
    }

    private void Resolve(EdgeConnection connection, ReadOnlySpan<char> name, ReadOnlySpan<byte> hello)
    {
        if (services.Resolver.TryResolve(name, connection.Source.Key, out var answer))
        {
            Lead(connection, answer, hello);
            return;
        }

        connection.Stage = Stage.Route;
        connection.ServerName = name.ToString();
        connection.Opening!.Keep(hello, hello.Length);
        _ = AskAsync(connection.ServerName, connection.Source.Key, connection.Slot, connection.Id);
    }

    /// <summary>Never throws, and ends by the look-up's own time limit; the loop may have forgotten the connection by then.</summary>
    private async Task AskAsync(string name, Limits.SourceKey source, int slot, long id)
    {
        object? answer = null;
        try
        {
            answer = await services.Resolver.ResolveAsync(name, source, CancellationToken.None);
        }
        catch (Exception e)
        {
            GatewayLog.ConnectionFault(services.Log, e);
        }

        loop.Post(LoopCommand.AnswerOf(slot, id, answer));
    }

    private void Lead(EdgeConnection connection, in RouteAnswer answer, ReadOnlySpan<byte> hello)
    {
        if (answer.Target is not { } target)
        {
            loop.Refusing.Begin(connection, answer.Refusal);
            return;
        }

        connection.ServerName = answer.ServerName ?? connection.ServerName;
        connection.Target = target.Id;
        if (!connection.Admission.TryLead(answer.Tenant, out var full))
        {
            loop.Refusing.Begin(connection, full);
            return;
        }

        var opening = connection.Opening!;
        opening.Target = target;
        opening.Tenant = answer.Tenant;
        opening.BytesPerSecond = answer.BytesPerSecond;
        loop.Dial.Begin(connection, hello.Length);
    }

    private static Refusal ReasonOf(ClientHelloFault fault) => fault switch
    {
        ClientHelloFault.NotTls => Refusal.NotTls,
        ClientHelloFault.TooLong => Refusal.HelloTooLong,
        _ => Refusal.HelloMalformed,
    };
}
