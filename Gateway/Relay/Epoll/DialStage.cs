using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Headgate.Protocol.Proxy;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// Connects to the target: every address of its name in turn, within one time limit. PROXY header and hello are sent without waiting for the connection,
/// which on a near network is there at once; only when it is not, they are kept.
/// </summary>
internal sealed class DialStage(EventLoop loop, EdgeServices services) : IDisposable
{
    private readonly ProxyHeaderWriter _header = new(services.Identity.Id);
    private readonly TargetNames _names = new(services.Time);

    /// <summary>The opening's target is to be dialled. The hello is in the loop's buffer.</summary>
    public unsafe void Begin(EdgeConnection connection, int helloBytes)
    {
        var opening = connection.Opening!;
        var target = opening.Target!;
        connection.Stage = Stage.Dial;
        var headerBytes = WriteHeader(connection, target);
        var head = new ReadOnlySpan<byte>(loop.Scratch - headerBytes, headerBytes + helloBytes);
        opening.Deadline = loop.In(services.Options.DialTimeout);
        if (_names.Find(target, out var addresses))
        {
            opening.Addresses = addresses;
            Dial(connection, head);
            return;
        }

        opening.Keep(head, head.Length);
        _ = ResolveAsync(target.Host, connection.Slot, connection.Id);
    }

    /// <summary>The target's addresses are known; or a sentence about why not.</summary>
    public void OnAddresses(EdgeConnection connection, object? found)
    {
        var opening = connection.Opening!;
        if (found is not IPAddress[] addresses)
        {
            opening.Why = found as string;
            Fail(connection);
            return;
        }

        opening.Addresses = _names.Keep(opening.Target!, addresses);
        Dial(connection, opening.KeptSpan);
    }

    /// <summary>The target took the connection, or refused it.</summary>
    public void OnEvent(EdgeConnection connection)
    {
        var opening = connection.Opening!;
        var error = Libc.PendingError(connection.Far.Socket);
        if (error == 0 && TrySend(connection, opening.KeptSpan, out error))
        {
            return;
        }

        if (error != 0)
        {
            opening.Why = Marshal.GetPInvokeErrorMessage(error);
            connection.Far.Close(isReset: false);
            Dial(connection, opening.KeptSpan);
        }
    }

    /// <summary>An address did not answer in its share of the time.</summary>
    public void OnTimeout(EdgeConnection connection)
    {
        var opening = connection.Opening!;
        var share = services.Options.DialTimeout.TotalSeconds / Math.Max(1, opening.Addresses.Length);
        opening.Why = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"it did not answer within {share:0.#} s (--dial-timeout)");
        connection.Far.Close(isReset: true);
        Dial(connection, opening.KeptSpan);
    }

    public void Dispose() => _header.Dispose();

    /// <summary>Begins with the next address, until one does not fail at once.</summary>
    private void Dial(EdgeConnection connection, ReadOnlySpan<byte> head)
    {
        var opening = connection.Opening!;
        while (opening.NextAddress < opening.Addresses.Length)
        {
            ref readonly var address = ref opening.Addresses[opening.NextAddress++];
            var error = Connect(connection, address);
            if (error is 0 or Libc.InProgress)
            {
                if (TrySend(connection, head, out error))
                {
                    return;
                }

                if (error == 0)
                {
                    if (opening.KeptBytes != head.Length)
                    {
                        opening.Keep(head, head.Length);
                    }

                    opening.Deadline = loop.In(services.Options.DialTimeout / opening.Addresses.Length);
                    loop.Poller.Want(connection, isTarget: true, Libc.EpollOut);
                    return;
                }
            }

            opening.Why = Marshal.GetPInvokeErrorMessage(error);
            connection.Far.Close(isReset: false);
        }

        Fail(connection);
    }

    private unsafe int Connect(EdgeConnection connection, in EdgeAddress address)
    {
        var socket = Libc.CreateSocket(address.Family);
        if (socket < 0)
        {
            return -socket;
        }

        connection.Far = new Side { Socket = socket };
        Libc.SetNoDelay(socket);
        Span<byte> raw = stackalloc byte[EdgeAddress.MaxBytes];
        var length = address.Write(raw);
        fixed (byte* bytes = raw)
        {
            return -Libc.Connect(socket, bytes, length);
        }
    }

    /// <summary>Sends the head. False with an error, or without one when the target has not answered yet.</summary>
    private unsafe bool TrySend(EdgeConnection connection, ReadOnlySpan<byte> head, out int error)
    {
        int sent;
        fixed (byte* bytes = head)
        {
            sent = Libc.Send(connection.Far.Socket, bytes, head.Length);
        }

        error = sent is >= 0 or -Libc.Again or -Libc.Interrupted ? 0 : -sent;
        if (sent < 0)
        {
            return false;
        }

        loop.Relay.Begin(connection, head, sent);
        return true;
    }

    private void Fail(EdgeConnection connection)
    {
        var opening = connection.Opening!;
        var target = opening.Target!;
        GatewayLog.TargetUnreachable(services.Log, target.Id, target.Host, target.Port, opening.Why ?? "its name has no address");
        loop.Refusing.Begin(connection, Refusal.TargetUnreachable);
    }

    /// <summary>Writes the header so that it ends where the hello begins; returns its length.</summary>
    private unsafe int WriteHeader(EdgeConnection connection, Headgate.Protocol.Edge.RelayTarget target)
    {
        var asIPv6 = connection.Source.IsIPv6 || connection.Destination.IsIPv6;
        var half = asIPv6 ? 16 : 4;
        Span<byte> addresses = stackalloc byte[2 * half];
        connection.Source.WriteAddress(addresses, asIPv6);
        connection.Destination.WriteAddress(addresses[half..], asIPv6);
        Span<byte> header = stackalloc byte[ProxyHeader.MaxLength];
        var length = _header.Write(
            header, addresses, connection.Source.Port, connection.Destination.Port, connection.ServerName, target.ProxyKey);
        header[..length].CopyTo(new Span<byte>(loop.Scratch - length, length));
        return length;
    }

    /// <summary>Never throws; the dial's time limit stands over it.</summary>
    private async Task ResolveAsync(string host, int slot, long id)
    {
        object? found;
        try
        {
            found = await Dns.GetHostAddressesAsync(host).WaitAsync(services.Options.DialTimeout, services.Time);
        }
        catch (Exception e) when (e is SocketException or TimeoutException or ArgumentException)
        {
            found = e.Message;
        }

        loop.Post(LoopCommand.AnswerOf(slot, id, found));
    }
}
