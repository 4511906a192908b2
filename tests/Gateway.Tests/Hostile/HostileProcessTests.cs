using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Hostile;

/// <summary>What strangers may do to a real gateway process, with either engine: it names and counts each refusal, stays as it was, and serves others.</summary>
public sealed class HostileProcessTests
{
    private const string Attacker = "127.0.0.66";

    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task Flood_FromOneSource_IsRefusedByNameWhileOthersAreServedAndNothingGrows(string engine)
    {
        const int Rounds = 3;
        const int Connections = 500;
        await using var programs = new GatewayPrograms();
        await programs.StartSiloAsync();
        var process = programs.Start("one", "127.0.0.1:0", engine, null, "--max-connections-per-source", "200", "--max-handshakes-per-source", "100", "--hello-timeout", "6");
        var endPoint = await process.ReadyAsync();
        await using var standing = await GatewayPrograms.TlsAsync(endPoint);
        await FloodAsync(endPoint, Connections);
        var (descriptors, memory) = (GatewayPrograms.Descriptors(process), GatewayPrograms.ResidentKib(process));
        for (var round = 1; round < Rounds; round++)
        {
            var flood = FloodAsync(endPoint, Connections);
            await GatewayPrograms.AssertServedAsync(endPoint);
            await GatewayUnderTest.EchoAsync(standing, "a stream goes on");
            await flood;
            await GatewayPrograms.AssertServedAsync(endPoint, Attacker);
        }

        var status = await programs.FreshStatusAsync("one");
        Assert.Equal(Rounds * Connections, status.Refused.Values.Sum());
        Assert.Equal(
            ["hello-timeout", "source-handshake-limit"], status.Refused.Keys.Order(StringComparer.Ordinal));
        Assert.InRange(status.Refused["hello-timeout"], Rounds * 100, (Rounds * 100) + (Rounds * Connections / 2));
        await Eventually.TrueAsync(() => GatewayPrograms.Descriptors(process) <= descriptors + 8, () => $"{descriptors} descriptors became {GatewayPrograms.Descriptors(process)}");
        Assert.InRange(GatewayPrograms.ResidentKib(process), 0, memory + (48 * 1024));

        static async Task FloodAsync(IPEndPoint endPoint, int connections)
        {
            var sockets = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => TryConnectAsync(endPoint, Attacker)));
            await Task.WhenAll(sockets.OfType<Socket>().Select(GatewayPrograms.EndedAsync));
            Array.ForEach(sockets, socket => socket?.Dispose());
        }
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task Flood_FromManySources_EndsAtTheLimitInAllAndLeavesStreamsAlone(string engine)
    {
        await using var programs = new GatewayPrograms();
        await programs.StartSiloAsync();
        var process = programs.Start("one", "127.0.0.1:0", engine, null, "--max-connections", "100", "--hello-timeout", "6");
        var endPoint = await process.ReadyAsync();
        await using var standing = await GatewayPrograms.TlsAsync(endPoint);
        var sockets = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => TryConnectAsync(endPoint, $"127.0.1.{1 + (i % 100)}")));
        await GatewayUnderTest.EchoAsync(standing, "a stream goes on");
        await Task.WhenAll(sockets.OfType<Socket>().Select(GatewayPrograms.EndedAsync));
        Array.ForEach(sockets, socket => socket?.Dispose());

        var status = await programs.FreshStatusAsync("one");
        Assert.Equal(300, status.Refused.Values.Sum());
        Assert.InRange(status.Refused["connection-limit"], 1, 201);
        await GatewayPrograms.AssertServedAsync(endPoint);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task RandomBytes_HoweverTheyCome_AreEachEndedAndCounted(string engine)
    {
        const int Count = 400;
        await using var programs = new GatewayPrograms();
        await programs.StartSiloAsync();
        var process = programs.Start("one", "127.0.0.1:0", engine, null, "--hello-timeout", "1");
        var endPoint = await process.ReadyAsync();
        var random = new Random(11);
        for (var i = 0; i < Count; i += 50)
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => SendAsync(RandomBytes(random))).ToArray());
        }

        var status = await programs.FreshStatusAsync("one");
        Assert.True(status.Refused.Values.Sum() == Count, string.Join(", ", status.Refused));
        Assert.Equal(0, status.Active);

        // The time for a hello is short here, for good clients too.
        await Eventually.TrueAsync(() => IsServedAsync(endPoint), () => process.Said);
        Assert.DoesNotContain("fault", process.Said, StringComparison.Ordinal);

        async Task SendAsync(byte[] bytes)
        {
            using var socket = await TryConnectAsync(endPoint, Attacker);
            if (socket is null)
            {
                return;
            }

            try
            {
                await socket.SendAsync(bytes);
            }
            catch (SocketException)
            {
                // Refused while it was sending.
            }

            await GatewayPrograms.EndedAsync(socket);
        }
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task Hello_CutAtEveryByte_IsCountedAsTornAndHoldsNothing(string engine)
    {
        await using var programs = new GatewayPrograms();
        await programs.StartSiloAsync();
        var process = programs.Start("one", "127.0.0.1:0", engine, null, "--max-connections-per-source", "10000");
        var endPoint = await process.ReadyAsync();
        var hello = await CapturedHellos.OfSslStreamAsync("cc.demo.test", SslProtocols.Tls13);

        // What the first relay loads stays.
        await GatewayPrograms.AssertServedAsync(endPoint);
        var before = GatewayPrograms.Descriptors(process);
        for (var cut = 0; cut < hello.Length; cut++)
        {
            using var socket = await GatewayPrograms.ConnectAsync(endPoint, Attacker);
            await socket.SendAsync(hello.AsMemory(0, cut));
            if (cut % 2 == 0)
            {
                socket.Shutdown(SocketShutdown.Send);
                await GatewayPrograms.EndedAsync(socket);
            }
            else
            {
                socket.LingerState = new LingerOption(true, 0);
                socket.Close();
            }
        }

        await Eventually.TrueAsync(() => programs.Status("one").Refused.GetValueOrDefault("hello-torn") >= hello.Length, () => string.Join(", ", programs.Status("one").Refused));
        var status = await programs.FreshStatusAsync("one");
        Assert.Equal([new KeyValuePair<string, long>("hello-torn", hello.Length)], status.Refused);
        await GatewayPrograms.AssertServedAsync(endPoint);
        await Eventually.TrueAsync(() => GatewayPrograms.Descriptors(process) <= before + 8, () => $"{before} descriptors became {GatewayPrograms.Descriptors(process)}");
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task Kill_UnderAFlood_LeavesNothingBehindAndTheNextProcessServes(string engine)
    {
        await using var programs = new GatewayPrograms();
        await programs.StartSiloAsync();
        var first = programs.Start("one", "127.0.0.1:0", engine);
        var endPoint = await first.ReadyAsync();
        var sockets = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => TryConnectAsync(endPoint, Attacker)));
        await programs.FreshStatusAsync("one");
        first.Kill();
        await first.EndAsync();
        await Task.WhenAll(sockets.OfType<Socket>().Select(GatewayPrograms.EndedAsync));
        Array.ForEach(sockets, socket => socket?.Dispose());
        Assert.False(programs.Status("one").Running);

        var second = programs.Start("one", endPoint.ToString(), engine);
        Assert.Equal(endPoint, await second.ReadyAsync());
        await GatewayPrograms.AssertServedAsync(endPoint);
    }

    private static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[random.Next(1, 20_000)];
        random.NextBytes(bytes);
        if (random.Next(2) == 0)
        {
            // As far as a record's header, and sometimes a hello's, it looks well.
            byte[] head = random.Next(2) == 0 ? [22, 3, 1] : [22, 3, 1, 64, 0, 1, 0, 63, 252, 3, 3];
            head.AsSpan(0, Math.Min(head.Length, bytes.Length)).CopyTo(bytes);
        }

        return bytes;
    }

    private static async Task<bool> IsServedAsync(IPEndPoint endPoint)
    {
        try
        {
            await GatewayPrograms.AssertServedAsync(endPoint);
            return true;
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException)
        {
            return false;
        }
    }

    private static async Task<Socket?> TryConnectAsync(IPEndPoint endPoint, string from)
    {
        try
        {
            return await GatewayPrograms.ConnectAsync(endPoint, from);
        }
        catch (SocketException)
        {
            // Reset as soon as it was accepted.
            return null;
        }
    }
}
