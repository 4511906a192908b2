using System.Net.Sockets;
using System.Text;
using Headgate.Connector.Forwarding;

namespace Headgate.Connector.Tests.Forwarding;

public sealed class LoopbackForwarderTests
{
    private static readonly ForwarderLimits s_quick = new(TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(30), 256);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 401 ", HeadVerdict.Unauthorized)]
    [InlineData("GET / HTTP/1.1\r\nAuthorization: Basic aGVhZGdhdGU6d3Jvbmc=\r\n\r\n", "HTTP/1.1 401 ", HeadVerdict.Unauthorized)]
    [InlineData("nonsense\r\n\r\n", "HTTP/1.1 400 ", HeadVerdict.Malformed)]
    internal async Task Connection_WithoutTheSecret_IsRefusedBeforeAnythingIsDialled(string head, string answer, HeadVerdict verdict)
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        Assert.StartsWith(answer, await fixture.ExchangeAsync(head), StringComparison.Ordinal);
        await Until.TrueAsync(() => fixture.Forwarder.Count(verdict) == 1, () => "no verdict");
        Assert.Equal(0, fixture.World.Gateways[0].Accepted);
    }

    [Fact]
    public async Task Connection_WhenUnauthorized_IsToldTheScheme()
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        var answer = await fixture.ExchangeAsync("GET / HTTP/1.1\r\n\r\n");
        Assert.Contains("\r\nWWW-Authenticate: Basic realm=\"headgate\"", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RequestHead.MaxBytes)]
    [InlineData(RequestHead.MaxBytes * 20)]
    public async Task Connection_WithAHeadOver16KiB_Gets431AndNothingIsDialled(int bytes)
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        var answer = await fixture.ExchangeAsync($"GET / HTTP/1.1\r\n{fixture.Authorization}X: " + new string('x', bytes));
        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
        Assert.Equal(0, fixture.World.Gateways[0].Accepted);
    }

    [Fact]
    public async Task Connection_WithAHeadOfJust16KiB_IsServed()
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        var start = $"GET /pc1/config HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fixture.Authorization}X: ";
        var answer = await fixture.ExchangeAsync(start + new string('x', RequestHead.MaxBytes - start.Length - 4) + "\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_WhenItsHeadDoesNotCome_Gets408()
    {
        await using var fixture = await ForwarderFixture.StartAsync(1, s_quick);
        Assert.StartsWith("HTTP/1.1 408 ", await fixture.ExchangeAsync($"GET / HTTP/1.1\r\n{fixture.Authorization}"), StringComparison.Ordinal);
        Assert.Equal(0, fixture.World.Gateways[0].Accepted);
    }

    [Fact]
    public async Task Connection_WithTheSecret_IsPassedOnAsItCameByteByByte()
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        using var socket = await fixture.ConnectAsync();
        foreach (var b in Encoding.ASCII.GetBytes($"GET /pc1/config HTTP/1.1\r\nHost: a\r\n{fixture.Authorization}Connection: close\r\n\r\n"))
        {
            await socket.SendAsync(new[] { b });
        }

        Assert.StartsWith("HTTP/1.1 404 ", await ForwarderFixture.ReadAsync(socket), StringComparison.Ordinal);
        Assert.Equal(["GET /pc1/config"], fixture.World.Provider.RepositoryRequests);
    }

    [Fact]
    public async Task Connection_AfterItsFirstHead_OnlyPassesBytes()
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        var answer = await fixture.ExchangeAsync(
            $"GET /pc1/config HTTP/1.1\r\nHost: a\r\n{fixture.Authorization}\r\nGET /pc1/config HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal(2, answer.Split("HTTP/1.1 404 ").Length - 1);
    }

    [Fact]
    public async Task Connection_WhenItsSendingEnds_StillGetsTheAnswer()
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        using var socket = await fixture.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /pc1/config HTTP/1.1\r\nHost: a\r\n{fixture.Authorization}\r\n"));
        socket.Shutdown(SocketShutdown.Send);
        Assert.StartsWith("HTTP/1.1 404 ", await ForwarderFixture.ReadAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_WhenTheGatewayDies_IsResetAndCountedAsLost()
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        using var socket = await fixture.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST /pc1/data/x HTTP/1.1\r\nHost: a\r\n{fixture.Authorization}Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"));
        var first = new byte[64];
        Assert.True(await socket.ReceiveAsync(first) > 0);
        await socket.SendAsync(new byte[1000]);
        fixture.World.Gateways[0].Die();
        var fault = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            while (await socket.ReceiveAsync(first) > 0)
            {
            }
        });
        Assert.Equal(SocketError.ConnectionReset, fault.SocketErrorCode);
        await Until.TrueAsync(() => fixture.Record.ConnectionsLost == 1, () => $"{fixture.Record.ConnectionsLost} lost");
        Assert.True(fixture.Record.NetworkFailed);
    }

    [Fact]
    public async Task Connection_WhenTheToolResetsIt_ResetsTheOtherSideToo()
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        var socket = await fixture.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST /pc1/data/y HTTP/1.1\r\nHost: a\r\n{fixture.Authorization}Content-Length: 1000000\r\n\r\nsome"));
        await Until.TrueAsync(() => !fixture.World.Provider.RepositoryRequests.IsEmpty, () => "no request");
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
        var folder = Path.Combine(fixture.World.Provider.Storage, "pc1", "data");
        await Until.TrueAsync(() => Directory.Exists(folder) && Directory.GetFiles(folder).Length == 0, () => "an upload that did not break");
        Assert.Equal(0, fixture.Record.ConnectionsLost);
    }

    [Fact]
    public async Task Connection_WhenTheRepositoryIsInTrouble_IsPassedAndNoted()
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        fixture.World.Provider.RepositoryStatus = 503;
        Assert.StartsWith("HTTP/1.1 503 ", await fixture.GetAsync("/pc1/config"), StringComparison.Ordinal);
        Assert.Equal(1, fixture.Record.ServerErrors);
        Assert.Equal(0, fixture.Record.ConnectionsLost);
    }

    [Fact]
    public async Task Traffic_IsCountedForEachGateway()
    {
        await using var fixture = await ForwarderFixture.StartAsync(1);
        await fixture.GetAsync("/pc1/config");
        await fixture.GetAsync("/pc1/config");
        var entry = Assert.Single(fixture.Record.Path());
        Assert.Equal("gtw1", entry.Gateway);
        Assert.Equal(2, entry.Connections);
        Assert.InRange(entry.BytesUp, 200, 2000);
        Assert.InRange(entry.BytesDown, 100, 2000);
    }

    [Fact]
    public async Task Dispose_WithConnectionsOpen_EndsThem()
    {
        var fixture = await ForwarderFixture.StartAsync(1);
        using var idle = await fixture.ConnectAsync();
        using var served = await fixture.ConnectAsync();
        await served.SendAsync(Encoding.ASCII.GetBytes($"GET /pc1/config HTTP/1.1\r\nHost: a\r\n{fixture.Authorization}\r\n"));
        Assert.True(await served.ReceiveAsync(new byte[4096]) > 0);
        await fixture.Forwarder.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<SocketException>(() => fixture.ConnectAsync());
        await fixture.World.DisposeAsync();
    }
}
