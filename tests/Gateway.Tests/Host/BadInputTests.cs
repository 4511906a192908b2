using System.Net.Sockets;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Gateway.Tests.Host;

public sealed class BadInputTests
{
    private static readonly byte[] s_unrecognized = TlsAlert.Record(TlsAlert.UnrecognizedName);
    private static readonly byte[] s_decodeError = TlsAlert.Record(TlsAlert.DecodeError);

    public static TheoryData<byte[], byte[], int> Refused => new()
    {
        { "GET / HTTP/1.1\r\nHost: cc.demo.test\r\n\r\n"u8.ToArray(), s_unrecognized, (int)Refusal.NotTls },
        { new HelloBuilder().Record(), s_unrecognized, (int)Refusal.NoServerName },
        { new HelloBuilder().Name("www.example.com").Record(), s_unrecognized, (int)Refusal.UnknownName },
        { new HelloBuilder().Name(GatewayUnderTest.Access()).Record(), s_unrecognized, (int)Refusal.UnknownName },
        { new HelloBuilder().Name("cc.demo.test.").Record(), s_decodeError, (int)Refusal.HelloMalformed },
        { new HelloBuilder().Extension(0, HelloBuilder.ServerNameList((0, "cc.demo.test"), (0, "my.demo.test"))).Record(), s_decodeError, (int)Refusal.HelloMalformed },
        { new HelloBuilder().Name("cc.demo.test").Name("cc.demo.test").Record(), s_decodeError, (int)Refusal.HelloMalformed },
        { new HelloBuilder().Name("cc.demo.test").KeyShare(1, 16 * 1024).Record(), s_decodeError, (int)Refusal.HelloTooLong },
        { HelloBuilder.Records(new HelloBuilder().Name("cc.demo.test").KeyShare(1, 4000).Message(), 1), s_decodeError, (int)Refusal.HelloTooLong },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public async Task Connection_WhenItCannotBeLed_GetsAnAlertIsCountedAndHoldsNothing(byte[] sent, byte[] alert, int refusal)
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        Assert.Equal(alert, await gateway.ExchangeAsync(sent));
        Assert.Equal(1, gateway.Counters.RefusedFor((Refusal)refusal));
        await AssertNothingHeldAsync(gateway);
    }

    [Fact]
    public async Task Connection_WhenTheHelloComesByteByByte_IsServed()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        using var socket = await gateway.ConnectAsync();
        var hello = await CapturedHellos.OfSslStreamAsync("cc.demo.test", System.Security.Authentication.SslProtocols.Tls13);
        foreach (var b in hello)
        {
            await socket.SendAsync(new[] { b });
        }

        var header = new byte[5];
        await socket.ReceiveExactlyAsync(header);
        Assert.Equal(22, header[0]);
        Assert.Equal("cc.demo.test", Assert.Single(gateway.TenantApi.Headers).Authority);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    public async Task Connection_WhenTheHelloIsNotCompleteInTime_IsResetAndCounted(int bytes)
    {
        await using var gateway = new GatewayUnderTest();
        gateway.Options.HelloTimeout = TimeSpan.FromMilliseconds(200);
        await gateway.StartAsync();
        Assert.Null(await gateway.ExchangeAsync(new HelloBuilder().Name("cc.demo.test").Record()[..bytes]));
        Assert.Equal(1, gateway.Counters.RefusedFor(Refusal.HelloTimeout));
        await AssertNothingHeldAsync(gateway);
    }

    [Fact]
    public async Task Connection_WhenBytesTrickle_TheTimeIsNotProlonged()
    {
        await using var gateway = new GatewayUnderTest();
        gateway.Options.HelloTimeout = TimeSpan.FromMilliseconds(300);
        await gateway.StartAsync();
        var hello = new HelloBuilder().Name("cc.demo.test").KeyShare(1, 8000).Record();
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var socket = await gateway.ConnectAsync();
            foreach (var b in hello)
            {
                await socket.SendAsync(new[] { b });
                await Task.Delay(20);
            }
        });
        Assert.Equal(1, gateway.Counters.RefusedFor(Refusal.HelloTimeout));
    }

    [Fact]
    public async Task Connection_WhenItIsTornBeforeTheHello_IsCounted()
    {
        await using var gateway = new GatewayUnderTest();
        await gateway.StartAsync();
        using (var socket = await gateway.ConnectAsync())
        {
            await socket.SendAsync(new HelloBuilder().Name("cc.demo.test").Record()[..50]);
        }

        await Eventually.EqualAsync(1, () => gateway.Counters.RefusedFor(Refusal.HelloTorn));
        await AssertNothingHeldAsync(gateway);
    }

    [Fact]
    public async Task Connection_WhenAsManyDawdleAsMay_TakesThePlaceOfTheOneThatWaitedLongest()
    {
        await using var gateway = new GatewayUnderTest();
        gateway.Options.MaxHandshakes = 3;

        // Each loop ends its own oldest.
        gateway.Options.RelayLoops = 1;
        await gateway.StartAsync();
        await using var before = await gateway.TlsAsync("cc.demo.test");
        var dawdlers = new List<Socket>();
        for (var i = 0; i < 3; i++)
        {
            dawdlers.Add(await gateway.ConnectAsync());
        }

        await Eventually.EqualAsync(3, () => gateway.Services.GetRequiredService<ConnectionLimits>().Handshakes);
        Assert.True(await gateway.EchoesAsync("cc.demo.test"));
        Assert.Null(await GatewayUnderTest.ReadToEndAsync(dawdlers[0]));
        Assert.Equal(1, gateway.Counters.RefusedFor(Refusal.HandshakeLimit));
        await GatewayUnderTest.EchoAsync(before, "a relay goes on");

        dawdlers.ForEach(dawdler => dawdler.Dispose());
        await Eventually.EqualAsync(2, () => gateway.Counters.RefusedFor(Refusal.HelloTorn));
        Assert.True(await gateway.EchoesAsync("cc.demo.test"));
        await AssertNothingHeldAsync(gateway, besides: 1);
    }

    [Fact]
    public async Task Connection_WhenOnlyLookUpsAreUnderWay_IsRefusedAtTheHandshakeLimit()
    {
        await using var gateway = new GatewayUnderTest();
        gateway.Options.MaxHandshakes = 2;
        await gateway.StartAsync();
        gateway.Edge.LookUpGate = new TaskCompletionSource();
        using var first = await gateway.ConnectAsync();
        using var second = await gateway.ConnectAsync();
        await first.SendAsync(new HelloBuilder().Name(GatewayUnderTest.Route('a')).Record());
        await second.SendAsync(new HelloBuilder().Name(GatewayUnderTest.Route('b')).Record());
        await Eventually.EqualAsync(2, () => gateway.Edge.LookedUp.Count);
        Assert.False(await gateway.EchoesAsync("cc.demo.test"));
        Assert.Equal(1, gateway.Counters.RefusedFor(Refusal.HandshakeLimit));
        gateway.Edge.LookUpGate.SetResult();
        await Eventually.EqualAsync(2, () => gateway.Counters.RefusedFor(Refusal.UnknownName));
        Assert.True(await gateway.EchoesAsync("cc.demo.test"));
    }

    [Fact]
    public async Task Connection_WhenTheSourceHasItsShare_IsResetAndCounted()
    {
        await using var gateway = new GatewayUnderTest();
        gateway.Options.MaxConnectionsPerSource = 1;
        await gateway.StartAsync();
        await using (await gateway.TlsAsync("cc.demo.test"))
        {
            Assert.False(await gateway.EchoesAsync("cc.demo.test"));
            Assert.Equal(1, gateway.Counters.RefusedFor(Refusal.SourceLimit));
        }

        await AssertNothingHeldAsync(gateway);
        Assert.True(await gateway.EchoesAsync("cc.demo.test"));
    }

    [Fact]
    public async Task Connection_WhenAllAreTaken_IsResetAndCounted()
    {
        await using var gateway = new GatewayUnderTest();
        gateway.Options.MaxConnections = 1;
        await gateway.StartAsync();
        await using var tls = await gateway.TlsAsync("cc.demo.test");
        Assert.False(await gateway.EchoesAsync("cc.demo.test"));
        Assert.Equal(1, gateway.Counters.RefusedFor(Refusal.ConnectionLimit));
    }

    [Fact]
    public async Task Connection_WhenASourceGuessesNames_IsRefusedWithoutAskingTheSilo()
    {
        await using var gateway = new GatewayUnderTest();
        gateway.Options.UnknownNamesPerMinute = 2;
        await gateway.StartAsync();
        foreach (var fill in "abc")
        {
            Assert.Equal(s_unrecognized, await gateway.ExchangeAsync(new HelloBuilder().Name(GatewayUnderTest.Route(fill)).Record()));
        }

        Assert.Equal(2, gateway.Edge.LookedUp.Count);
        Assert.Equal((2, 1), (gateway.Counters.RefusedFor(Refusal.UnknownName), gateway.Counters.RefusedFor(Refusal.UnknownNameRate)));
    }

    [Fact]
    public async Task Connection_WhenTheTargetIsDown_GetsAnAlertAndIsCounted()
    {
        await using var gateway = new GatewayUnderTest();
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        gateway.Edge.Targets["tenant-api"] = gateway.TenantApi.Target with { Port = ((System.Net.IPEndPoint)reserved.LocalEndPoint!).Port };
        await gateway.StartAsync();
        Assert.Equal(TlsAlert.Record(TlsAlert.InternalError), await gateway.ExchangeAsync(new HelloBuilder().Name("cc.demo.test").Record()));
        Assert.Equal(1, gateway.Counters.RefusedFor(Refusal.TargetUnreachable));
        await AssertNothingHeldAsync(gateway);
    }

    private static async Task AssertNothingHeldAsync(GatewayUnderTest gateway, int besides = 0)
    {
        var limits = gateway.Services.GetRequiredService<ConnectionLimits>();
        await Eventually.EqualAsync((besides, besides, 0, besides, (long)besides), () => (gateway.Live.Count, limits.Open, limits.Handshakes, limits.Sources, gateway.Counters.Active));
    }
}
