using System.Buffers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Headgate.Gateway.Traffic;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway.Control;

/// <summary>
/// Answers commands on <see cref="ControlSocket"/> while the gateway runs, drains included. A gateway whose socket cannot be made runs without it and says
/// so. At most <see cref="MaxClients"/> are served at once, each for at most <see cref="ServeWithin"/>.
/// </summary>
internal sealed class ControlServer(
    string dataFolder, Func<IReadOnlyList<ConnectionInfo>> list, TimeProvider time, ILogger<ControlServer> log) : BackgroundService
{
    /// <summary>Clients served at once; more wait.</summary>
    public const int MaxClients = 4;

    /// <summary>From accept to the last byte of the answer.</summary>
    public static readonly TimeSpan ServeWithin = TimeSpan.FromSeconds(15);

    private const int MaxRequestBytes = 256;
    private const int ChunkBytes = 64 * 1024;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Socket listener;
        try
        {
            listener = ControlSocket.Listen(dataFolder, MaxClients);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            GatewayLog.NoControlSocket(log, ControlSocket.PathIn(dataFolder), e.Message);
            return;
        }

        using (listener)
        {
            await Task.WhenAll(Enumerable.Range(0, MaxClients).Select(_ => ServeAsync(listener, stoppingToken)));
        }

        Remove();
    }

    private async Task ServeAsync(Socket listener, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var client = await listener.AcceptAsync(stoppingToken);
                using var deadline = new CancellationTokenSource(ServeWithin, time);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, deadline.Token);
                await AnswerAsync(client, both.Token);
            }
            catch (OperationCanceledException)
            {
                // Stopping, or a client that took too long; both end here.
            }
            catch (SocketException e)
            {
                // A client that went away, or no descriptor for it: the next one may fare better.
                GatewayLog.ControlFailed(log, e.SocketErrorCode);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task AnswerAsync(Socket client, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxRequestBytes);
        try
        {
            var length = 0;
            while (length < MaxRequestBytes && !buffer.AsSpan(0, length).Contains((byte)'\n'))
            {
                var received = await client.ReceiveAsync(buffer.AsMemory(length, MaxRequestBytes - length), cancellationToken);
                if (received == 0)
                {
                    return;
                }

                length += received;
            }

            var request = Encoding.UTF8.GetString(buffer, 0, length).Split('\n')[0].TrimEnd('\r').Split(' ');
            await (request is ["connections"] or ["connections", _]
                ? ListAsync(client, request.ElementAtOrDefault(1), cancellationToken)
                : SayAsync(client, new AnswerEnd(null, "Only this can be asked: connections [TENANT]"), cancellationToken));
            client.Shutdown(SocketShutdown.Both);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task ListAsync(Socket client, string? tenant, CancellationToken cancellationToken)
    {
        var chunk = new ArrayBufferWriter<byte>(ChunkBytes + 4096);
        using var writer = new Utf8JsonWriter(chunk);
        var count = 0;
        foreach (var info in list())
        {
            if (tenant is not null && info.Tenant != tenant)
            {
                continue;
            }

            count++;
            JsonSerializer.Serialize(writer, ConnectionLine.Of(info), ControlJson.Default.ConnectionLine);
            writer.Reset();
            chunk.Write("\n"u8);
            if (chunk.WrittenCount >= ChunkBytes)
            {
                await SendAsync(client, chunk.WrittenMemory, cancellationToken);
                chunk.ResetWrittenCount();
            }
        }

        await SendAsync(client, chunk.WrittenMemory, cancellationToken);
        await SayAsync(client, new AnswerEnd(count), cancellationToken);
    }

    private static Task SayAsync(Socket client, AnswerEnd end, CancellationToken cancellationToken) =>
        SendAsync(client, (byte[])[.. JsonSerializer.SerializeToUtf8Bytes(end, ControlJson.Default.AnswerEnd), (byte)'\n'], cancellationToken);

    private static async Task SendAsync(Socket client, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await client.SendAsync(bytes, SocketFlags.None, cancellationToken)..];
        }
    }

    private void Remove()
    {
        try
        {
            File.Delete(ControlSocket.PathIn(dataFolder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start removes it; a client that finds it is refused.
            GatewayLog.FileNotWritten(log, ControlSocket.PathIn(dataFolder), e.Message);
        }
    }
}
