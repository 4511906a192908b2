using System.IO.Pipelines;
using System.Net.Sockets;
using Headgate.Connector.Forwarding;
using Headgate.Protocol.Resume;
using Headgate.Protocol.Sockets;

namespace Headgate.Connector.Resume;

/// <summary>
/// Passes bytes between the tool's socket and its stream. An end of one side's sending becomes an end of sending on the other; a reset on one side resets
/// the other. An idle direction holds no buffer.
/// </summary>
internal sealed class CopyRelay(Socket client, CopyStream stream, AttemptRecord record)
{
    private const int SmallestRead = 16 * 1024;

    /// <summary>
    /// Sends <paramref name="head"/>, then relays until both directions have ended or one has failed. <paramref name="onLost"/> is called before the tool
    /// can see that the stream was reset, so that its next connection meets what was learned from this one.
    /// </summary>
    public async Task<RelayEnd> RunAsync(ReadOnlyMemory<byte> head, Action onLost, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var up = PumpUpAsync(head, over.Token);
        var down = PumpDownAsync(over.Token);
        var first = await Task.WhenAny(up, down);
        var end = await first;
        if (end == RelayEnd.Completed)
        {
            end = await (first == up ? down : up);
        }

        switch (end)
        {
            case RelayEnd.ClientReset:
                stream.Abort(ResumeFault.ApplicationReset);
                break;
            case RelayEnd.Stopped:
                stream.Abort(ResumeFault.Cancelled);
                break;
            case RelayEnd.Lost:
                onLost();
                break;
        }

        if (end != RelayEnd.Completed)
        {
            SocketReset.Close(client);
        }

        await over.CancelAsync();
        await Task.WhenAll(up, down);
        await stream.Application.Input.CompleteAsync();
        return end;
    }

    private async Task<RelayEnd> PumpUpAsync(ReadOnlyMemory<byte> head, CancellationToken token)
    {
        var output = stream.Application.Output;
        try
        {
            stream.Traffic.AddUp(head.Length);
            await output.WriteAsync(head, token);
            while (true)
            {
                int read;
                try
                {
                    await client.ReceiveAsync(Memory<byte>.Empty, token);
                    read = await client.ReceiveAsync(output.GetMemory(SmallestRead), token);
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

                    await output.CompleteAsync();
                    return RelayEnd.Completed;
                }

                output.Advance(read);
                stream.Traffic.AddUp(read);
                if (await output.FlushAsync(token) is { IsCompleted: true })
                {
                    return RelayEnd.Lost;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return RelayEnd.Stopped;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return RelayEnd.Lost;
        }
    }

    private async Task<RelayEnd> PumpDownAsync(CancellationToken token)
    {
        var input = stream.Application.Input;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(token);
                if (!result.Buffer.IsEmpty)
                {
                    AnswerWatch.Observe(result.Buffer.FirstSpan, record);
                }

                // Counted before it is sent: the tool that has it finds it counted.
                stream.Traffic.AddDown((int)result.Buffer.Length);

                foreach (var part in result.Buffer)
                {
                    if (!await SendAsync(part, token))
                    {
                        return RelayEnd.ClientReset;
                    }
                }

                input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    client.Shutdown(SocketShutdown.Send);
                    return RelayEnd.Completed;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return RelayEnd.Stopped;
        }
        catch (SocketException)
        {
            return RelayEnd.ClientReset;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return RelayEnd.Lost;
        }
    }

    private async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken token)
    {
        try
        {
            for (var sent = 0; sent < bytes.Length;)
            {
                sent += await client.SendAsync(bytes[sent..], token);
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
