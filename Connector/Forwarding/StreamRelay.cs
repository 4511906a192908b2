using System.Buffers;
using System.Net.Sockets;
using Headgate.Connector.Bootstrap;
using Headgate.Protocol.Sockets;

namespace Headgate.Connector.Forwarding;

/// <summary>
/// Passes bytes between the tool's socket and the TLS connection. An end of one side's sending becomes an end of sending on the other while replies go on;
/// a fault on one side resets the other, so that nothing torn looks complete. An idle direction holds no buffer.
/// </summary>
internal sealed class StreamRelay(Socket client, TlsConnection tls, GatewayTraffic traffic, AttemptRecord record, TimeProvider time)
{
    private const int BufferBytes = 64 * 1024;
    private volatile bool _answered;
    private volatile bool _lastWasUp = true;

    /// <summary>The alert's name after <see cref="RelayEnd.RefusedByRepository"/>.</summary>
    public string? Alert { get; private set; }

    /// <summary>
    /// Sends <paramref name="head"/>, then relays until both directions have ended or one has failed. <paramref name="onEnd"/> is called before the tool
    /// can see the end, so that its next connection meets what was learned from this one.
    /// </summary>
    public async Task<RelayEnd> RunAsync(ReadOnlyMemory<byte> head, Action<RelayEnd> onEnd, CancellationToken stop)
    {
        using var fault = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var up = PumpUpAsync(head, fault.Token);
        var down = PumpDownAsync(fault.Token);
        var first = await Task.WhenAny(up, down);
        var end = await first;
        if (end == RelayEnd.Completed)
        {
            end = await (first == up ? down : up);
        }
        else if (end == RelayEnd.ClientReset && down.IsCompleted)
        {
            end = await down;
        }

        if (end == RelayEnd.Lost && !_answered)
        {
            end = await WhyLostAsync(down);
        }

        onEnd(end);
        // A refused client is answered in words: its socket stays whole.
        if (end is not (RelayEnd.Completed or RelayEnd.RefusedByRepository))
        {
            SocketReset.Close(client);
            tls.Abort();
        }

        await fault.CancelAsync();
        await Task.WhenAll(up, down);
        return end;
    }

    /// <summary>
    /// Sending may fail before the reason for it was read. A repository's alert comes before its close, so a moment's reading tells a refusal from a loss.
    /// </summary>
    private async Task<RelayEnd> WhyLostAsync(Task<RelayEnd> down)
    {
        await Task.WhenAny(down, Task.Delay(TimeSpan.FromSeconds(1), time));
        return Alert is not null && !_answered ? RelayEnd.RefusedByRepository : RelayEnd.LostBeforeAnswer;
    }

    private async Task<RelayEnd> PumpUpAsync(ReadOnlyMemory<byte> head, CancellationToken token)
    {
        try
        {
            // Counted before it is sent: whoever has the answer finds the request counted.
            traffic.AddUp(head.Length);
            await tls.Stream.WriteAsync(head, token);
            while (true)
            {
                int read;
                try
                {
                    await client.ReceiveAsync(Memory<byte>.Empty, token);
                }
                catch (SocketException)
                {
                    return RelayEnd.ClientReset;
                }

                var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                try
                {
                    try
                    {
                        read = await client.ReceiveAsync(buffer.AsMemory(), token);
                    }
                    catch (SocketException)
                    {
                        return RelayEnd.ClientReset;
                    }

                    if (read == 0)
                    {
                        if (SocketReset.Happened(client))
                        {
                            return RelayEnd.ClientReset;
                        }

                        await EndWritingAsync();
                        return RelayEnd.Completed;
                    }

                    _lastWasUp = true;
                    traffic.AddUp(read);
                    await tls.Stream.WriteAsync(buffer.AsMemory(0, read), token);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return RelayEnd.Stopped;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            return RelayEnd.Lost;
        }
    }

    private async Task EndWritingAsync()
    {
        try
        {
            await tls.EndWritingAsync();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The other side is gone already, and there was nothing left to send to it: the downward direction says whether that was a loss.
        }
    }

    private async Task<RelayEnd> PumpDownAsync(CancellationToken token)
    {
        try
        {
            while (true)
            {
#pragma warning disable CA2022 // An empty read waits until there is something to read; there is no count to check.
                await tls.Stream.ReadAsync(Memory<byte>.Empty, token);
#pragma warning restore CA2022
                var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                try
                {
                    var read = await tls.Stream.ReadAsync(buffer.AsMemory(), token);
                    if (read == 0)
                    {
                        if (!_answered || tls.WasReset)
                        {
                            return RelayEnd.Lost;
                        }

                        if (_lastWasUp)
                        {
                            // A tool that waits for an answer gets none: a gateway that was killed often ends so.
                            record.AddLoss();
                        }

                        client.Shutdown(SocketShutdown.Send);
                        return RelayEnd.Completed;
                    }

                    Observe(buffer.AsSpan(0, read));
                    traffic.AddDown(read);
                    for (var sent = 0; sent < read;)
                    {
                        try
                        {
                            sent += await client.SendAsync(buffer.AsMemory(sent, read - sent), token);
                        }
                        catch (SocketException)
                        {
                            return RelayEnd.ClientReset;
                        }
                    }
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return RelayEnd.Stopped;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            Alert = _answered ? null : TlsFaults.AlertOf(e);
            return Alert is null ? RelayEnd.Lost : RelayEnd.RefusedByRepository;
        }
    }

    private void Observe(ReadOnlySpan<byte> bytes)
    {
        _answered = true;
        _lastWasUp = false;
        AnswerWatch.Observe(bytes, record);
    }
}
