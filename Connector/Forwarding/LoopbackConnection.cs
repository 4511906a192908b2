using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Resume;
using Headgate.Protocol.Resume;

namespace Headgate.Connector.Forwarding;

/// <summary>
/// One connection of the tool: head, secret, dial, relay; over a resumable stream when there are <paramref name="copies"/>. The caller owns the socket.
/// </summary>
internal sealed class LoopbackConnection(
    Socket client, LoopbackSecret secret, RouteDialer dialer, CopyRoutes? copies, GatewayOrder order, ForwarderLimits limits, TimeProvider time)
{
    /// <summary>Serves it to its end; never throws for what a client or the network does.</summary>
    public async Task<HeadVerdict> RunAsync(Func<Attempt?> current, CancellationToken stop)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(RequestHead.MaxBytes);
        try
        {
            var (verdict, received) = await ReadHeadAsync(buffer, stop);
            switch (verdict)
            {
                case HeadVerdict.Accepted:
                    await ForwardAsync(buffer.AsMemory(0, received), current(), stop);
                    break;
                case HeadVerdict.Unauthorized:
                    await AnswerAsync("401 Unauthorized", "WWW-Authenticate: Basic realm=\"headgate\", charset=\"UTF-8\"\r\n", stop);
                    break;
                case HeadVerdict.Malformed:
                    await AnswerAsync("400 Bad Request", "", stop);
                    break;
                case HeadVerdict.TooLarge:
                    await AnswerAsync("431 Request Header Fields Too Large", "", stop);
                    break;
                case HeadVerdict.TooSlow:
                    await AnswerAsync("408 Request Timeout", "", stop);
                    break;
                case HeadVerdict.Gone:
                    break;
            }

            return verdict;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return HeadVerdict.Gone;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private async Task<(HeadVerdict Verdict, int Received)> ReadHeadAsync(byte[] buffer, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(limits.Head, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        var received = 0;
        try
        {
            while (true)
            {
                // The pool may have given more than was asked for.
                var read = await client.ReceiveAsync(buffer.AsMemory(received, RequestHead.MaxBytes - received), both.Token);
                if (read == 0)
                {
                    return (HeadVerdict.Gone, received);
                }

                received += read;
                var length = RequestHead.LengthOf(buffer.AsSpan(0, received));
                if (length >= 0)
                {
                    return (RequestHead.Judge(buffer.AsSpan(0, length), secret), received);
                }

                if (received == RequestHead.MaxBytes)
                {
                    return (HeadVerdict.TooLarge, received);
                }
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (HeadVerdict.TooSlow, received);
        }
    }

    private async Task ForwardAsync(ReadOnlyMemory<byte> head, Attempt? attempt, CancellationToken stop)
    {
        if (attempt is null)
        {
            await AnswerAsync("503 No attempt of the run is under way", "", stop);
            return;
        }

        if (copies is not null)
        {
            await CopyAsync(copies, head, attempt, stop);
            return;
        }

        RouteConnection route;
        try
        {
            route = await dialer.DialAsync(attempt.Ticket, attempt.Record, stop);
        }
        catch (NoGatewayAnswersException e)
        {
            await AnswerAsync("503 " + e.Message, "", stop);
            return;
        }

        await using var tls = route.Tls;
        var traffic = attempt.Record.Of(route.Gateway);
        var relay = new StreamRelay(client, tls, traffic, attempt.Record, time);
        var end = await relay.RunAsync(head, Learn, stop);
        if (end == RelayEnd.RefusedByRepository)
        {
            await AnswerAsync("403 " + attempt.Record.Refusal, "", stop);
        }

        void Learn(RelayEnd how)
        {
            switch (how)
            {
                case RelayEnd.RefusedByRepository:
                    attempt.Record.Refuse($"Repository {attempt.Ticket.Repository} refused this machine's certificate or its route ({relay.Alert}).");
                    break;
                case RelayEnd.LostBeforeAnswer:
                    // It let the handshake through and nothing after: another gateway is worth more than this one.
                    order.Failed(route.Gateway);
                    attempt.Record.Suspect(route.Gateway);
                    attempt.Record.AddLoss();
                    break;
                case RelayEnd.Lost:
                    attempt.Record.AddLoss();
                    break;
                case RelayEnd.Completed:
                case RelayEnd.ClientReset:
                case RelayEnd.Stopped:
                    break;
            }
        }
    }

    private async Task CopyAsync(CopyRoutes routes, ReadOnlyMemory<byte> head, Attempt attempt, CancellationToken stop)
    {
        CopyStream stream;
        try
        {
            stream = await routes.OpenAsync(attempt, stop);
        }
        catch (NoGatewayAnswersException e)
        {
            foreach (var failure in e.Attempts)
            {
                attempt.Record.AddFailure(failure);
            }

            await AnswerAsync("503 " + e.Message, "", stop);
            return;
        }
        catch (CopyRefusedException e)
        {
            attempt.Record.Refuse(e.Message);
            await AnswerAsync("403 " + e.Message, "", stop);
            return;
        }
        catch (ResumeRefusedException e)
        {
            attempt.Record.AddLoss();
            await AnswerAsync("503 " + e.Message, "", stop);
            return;
        }

        var carrying = stream.CarryAsync(stop);
        await new CopyRelay(client, stream, attempt.Record).RunAsync(head, attempt.Record.AddLoss, stop);
        await carrying;
    }

    private async Task AnswerAsync(string statusAndReason, string header, CancellationToken stop)
    {
        // A reason phrase is one line of visible ASCII (RFC 9112, section 4); restic shows it and never the body.
        var line = new string([.. statusAndReason.Select(c => c is >= ' ' and <= '~' ? c : ' ')]);
        var answer = string.Create(
            CultureInfo.InvariantCulture, $"HTTP/1.1 {line}\r\n{header}Content-Length: 0\r\nConnection: close\r\n\r\n");
        using var limit = new CancellationTokenSource(limits.Drain, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        await client.SendAsync(Encoding.ASCII.GetBytes(answer), both.Token);
        client.Shutdown(SocketShutdown.Send);
        var scrap = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (await client.ReceiveAsync(scrap, both.Token) > 0)
            {
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scrap);
        }
    }
}
