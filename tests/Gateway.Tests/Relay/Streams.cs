using System.Net.Sockets;
using System.Security.Cryptography;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Relay;

/// <summary>What tests do with the ends of relayed connections.</summary>
internal static class Streams
{
    public static async Task<string> SendRandomAsync(Socket socket, int length, int seed)
    {
        // Not on the caller's thread: both directions must run at once.
        await Task.Yield();
        var random = new Random(seed);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[100_003];
        for (var sent = 0; sent < length;)
        {
            var part = buffer.AsMemory(0, Math.Min(buffer.Length, length - sent));
            random.NextBytes(part.Span);
            hash.AppendData(part.Span);
            for (var rest = part; !rest.IsEmpty;)
            {
                rest = rest[await socket.SendAsync(rest)..];
            }

            sent += part.Length;
        }

        socket.Shutdown(SocketShutdown.Send);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    public static async Task<string> HashToEndAsync(Socket socket)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[70_001];
        while (await socket.ReceiveAsync(buffer) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Sends until nothing more is taken for a while.</summary>
    public static async Task FillAsync(Socket socket)
    {
        socket.Blocking = false;
        var bytes = new byte[16 * 1024];
        for (var refusals = 0; refusals < 20;)
        {
            socket.Send(bytes, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                refusals++;
                await Task.Delay(5);
            }
            else
            {
                refusals = 0;
            }
        }
    }

    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>What arrived before the reset may be read first; an end of stream may not come.</summary>
    public static async Task AssertResetAsync(Socket socket)
    {
        socket.Blocking = true;
        var buffer = new byte[64 * 1024];
        var error = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await socket.ReceiveAsync(buffer).WaitAsync(Eventually.Deadline) > 0)
            {
            }
        });
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }
}
