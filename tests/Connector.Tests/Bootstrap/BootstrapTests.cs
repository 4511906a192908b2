using System.Net;
using System.Net.Sockets;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Problems;

namespace Headgate.Connector.Tests.Bootstrap;

/// <summary>Getting to the provider over whichever address of the public name answers.</summary>
public sealed class BootstrapTests
{
    private static readonly DialTimeouts s_limits = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10));
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(GatewayMode.Reset)]
    [InlineData(GatewayMode.Silent)]
    [InlineData(GatewayMode.PlaintextAlert)]
    [InlineData(GatewayMode.NoTls)]
    [InlineData(GatewayMode.ResetAfterHandshake)]
    [InlineData(GatewayMode.AlertAfterHandshake)]
    internal async Task Requests_WhenTheFirstAddressFails_GoOverTheNextAndStayThere(GatewayMode mode)
    {
        await using var world = await World.StartAsync(2);
        world.Gateways[0].Mode = mode;
        var clock = World.StillClock();
        using var api = Api(world, Addresses(world), clock);
        var first = api.StatusAsync(default);
        if (mode == GatewayMode.Silent)
        {
            await world.Gateways[0].OutwaitAsync(clock, s_limits.Tls);
        }

        Assert.Equal("acme", (await first.WaitAsync(s_patience)).Tenant);
        Assert.Equal("acme", (await api.StatusAsync(default).WaitAsync(s_patience)).Tenant);
        Assert.Equal([1, 1], world.Gateways.Select(gateway => gateway.Accepted));
    }

    [Fact]
    public async Task Requests_WhenAddressesRefuseAndDrop_GoOverTheNext()
    {
        await using var world = await World.StartAsync(3);
        world.Gateways[0].Die();
        world.Gateways[1].Die();
        using var full = FullListener.At(world.Gateways[0].Endpoint);
        var clock = World.StillClock();
        using var api = Api(world, Addresses(world), clock);
        var asking = api.StatusAsync(default);
        await OutwaitConnectingAsync(clock);
        Assert.Equal("acme", (await asking.WaitAsync(s_patience)).Tenant);
        Assert.Equal(1, world.Gateways[2].Accepted);
    }

    [Fact]
    public async Task Requests_WhenNobodyAnswers_NameEachAddressWithWhy()
    {
        await using var world = await World.StartAsync(4);
        world.Gateways[0].Die();
        world.Gateways[1].Die();
        using var full = FullListener.At(world.Gateways[0].Endpoint);
        world.Gateways[2].Mode = GatewayMode.PlaintextAlert;
        world.Gateways[3].Mode = GatewayMode.Silent;
        var clock = World.StillClock();
        using var api = Api(world, Addresses(world), clock);
        var asking = api.StatusAsync(default);
        await OutwaitConnectingAsync(clock);
        await world.Gateways[3].OutwaitAsync(clock, s_limits.Tls);
        var failure = await Assert.ThrowsAsync<NoGatewayAnswersException>(() => asking.WaitAsync(s_patience));
        Assert.Equal(
            $"No gateway answers for cc.demo.test. Tried {world.Gateways[0].Endpoint}: no connection within 2 s; "
            + $"{world.Gateways[1].Endpoint}: connection refused; "
            + $"{world.Gateways[2].Endpoint}: TLS alert: unrecognized name; "
            + $"{world.Gateways[3].Endpoint}: connected, but no TLS handshake within 10 s.",
            failure.Message);
        Assert.Equal(ExitCodes.NoGatewayAnswers, failure.ExitCode);
    }

    [Fact]
    public async Task Requests_WhenTheNameHasNoAddress_SaySo()
    {
        await using var world = await World.StartAsync(1);
        using var api = Api(world, new FixedNames([]));
        var failure = await Assert.ThrowsAsync<NoGatewayAnswersException>(() => api.StatusAsync(default));
        Assert.Contains("Tried cc.demo.test: the name has no address.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_WhenTheNameIsGone_GoOverTheLastGoodList()
    {
        await using var world = await World.StartAsync(2);
        var folder = new StateFolder(world.Data);
        using var before = Api(world, Addresses(world));
        await new RememberingTenantApi(before, folder).GatewaysAsync(default);
        world.Gateways[0].Die();
        using var api = Api(world, new FixedNames([]));
        Assert.Equal("acme", (await api.StatusAsync(default)).Tenant);
        Assert.Equal(1, world.Gateways[1].Accepted);
    }

    [Fact]
    public async Task Requests_WhenTheGatewayInUseDies_AreSentAgainOverTheNext()
    {
        await using var world = await World.StartAsync(2);
        using var api = Api(world, Addresses(world));
        await api.StatusAsync(default);
        world.Gateways[0].Die();
        await api.StatusAsync(default);
        Assert.Equal([1, 1], world.Gateways.Select(gateway => gateway.Accepted));
    }

    [Fact]
    public async Task Requests_WhenTheSiloIsAway_NameEachAddress()
    {
        await using var world = await World.StartAsync(2);
        world.Provider.SiloAway = true;
        using var api = Api(world, Addresses(world));
        var failure = await Assert.ThrowsAsync<NoGatewayAnswersException>(() => api.StatusAsync(default));
        Assert.Equal(2, failure.Attempts.Count);
        Assert.All(failure.Attempts, attempt => Assert.Equal(DialFailure.BrokenOff, attempt.Failure));
    }

    [Fact]
    public async Task Requests_WhenTheSiloRefuses_CarryItsSentence()
    {
        await using var world = await World.StartAsync(2);
        world.Provider.Refusals["/status"] = new ProblemAnswer { Status = 403, Code = ProblemCodes.Revoked, Detail = "This machine was revoked." };
        using var api = Api(world, Addresses(world));
        var refusal = await Assert.ThrowsAsync<ProblemException>(() => api.StatusAsync(default));
        Assert.Equal((ProblemCodes.Revoked, "This machine was revoked."), (refusal.Code, refusal.Message));
        Assert.Equal(0, world.Gateways[1].Accepted);
    }

    [Fact]
    public async Task Requests_WhenTheCertificateIsNotASilos_AreNotSent()
    {
        await using var world = await World.StartAsync(1);
        world.Provider.SiloCertificate = world.Authority.Repository("nas1");
        using var api = Api(world, Addresses(world));
        var failure = await Assert.ThrowsAsync<NoGatewayAnswersException>(() => api.StatusAsync(default));
        Assert.Equal(ExitCodes.Untrusted, failure.ExitCode);
        Assert.Contains("it led to urn:headgate:repository:nas1 instead of silo", failure.Message, StringComparison.Ordinal);
        Assert.Empty(world.Provider.Requests);
    }

    [Theory]
    [InlineData(-20, -10)]
    [InlineData(10, 20)]
    public async Task Requests_WhenTheSilosCertificateIsOutOfTime_BlameTheClockWithBothTimes(int fromDays, int toDays)
    {
        await using var world = await World.StartAsync(1);
        var now = DateTimeOffset.UtcNow;
        world.Provider.SiloCertificate = world.Authority.Silo(now.AddDays(fromDays), now.AddDays(toDays));
        using var api = Api(world, Addresses(world));
        var failure = await Assert.ThrowsAsync<NoGatewayAnswersException>(() => api.StatusAsync(default));
        Assert.Equal(ExitCodes.ClockWrong, failure.ExitCode);
        Assert.Contains("this machine's clock says " + now.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), failure.Message, StringComparison.Ordinal);
        Assert.Contains(
            "the certificate is valid from " + now.AddDays(fromDays).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-20, -1, "has ended, or its clock is wrong")]
    [InlineData(1, 20, "clock is wrong")]
    public async Task Commands_WhenTheOwnCertificateIsOutOfTime_SayBothTimesAndAskNobody(int fromDays, int toDays, string words)
    {
        await using var world = await World.StartAsync(1);
        var now = DateTimeOffset.UtcNow;
        using (var identity = world.Authority.Connector(world.Port, from: now.AddDays(fromDays), to: now.AddDays(toDays)))
        {
            identity.Save(world.Data);
        }

        var (code, _, error) = await world.RunAsync(["status"]);
        Assert.Equal(ExitCodes.ClockWrong, code);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.Contains("this machine's clock says", error, StringComparison.Ordinal);
        Assert.Contains("the certificate is valid from", error, StringComparison.Ordinal);
        Assert.Equal(0, world.Gateways[0].Accepted);
    }

    [Fact]
    public async Task Settings_AreForTheOwnerAlone()
    {
        await using var world = await World.StartAsync(1);
        await world.RunAsync(["gateways"]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(world.Data, "settings.json")));
        Assert.Equal(1, new StateFolder(world.Data).LoadSettings().Gateways!.Version);
    }

    private static FixedNames Addresses(World world) => new([.. world.Gateways.Select(gateway => gateway.Endpoint.Address)]);

    // The first address is the one that does not answer.
    private static async Task OutwaitConnectingAsync(ManualTimeProvider clock)
    {
        await Until.TrueAsync(() => clock.NextIn == s_limits.Connect, () => $"the next limit ends in {clock.NextIn}");
        clock.Advance(s_limits.Connect);
    }

    private static TenantApiClient Api(World world, INameResolver names, TimeProvider? clock = null)
    {
        var time = clock ?? TimeProvider.System;
        var identity = world.Authority.Connector(world.Port);
        var folder = new StateFolder(world.Data);
        return new TenantApiClient(
            new TlsDialer(identity, s_limits, time),
            new ProviderAddresses(identity, names, () => folder.LoadSettings().Gateways),
            time);
    }

    /// <summary>Names lead to these addresses; addresses to themselves.</summary>
    private sealed class FixedNames(IReadOnlyList<IPAddress> addresses) : INameResolver
    {
        public Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken token) =>
            Task.FromResult(IPAddress.TryParse(host, out var address) ? [address] : addresses);
    }

    /// <summary>A listener whose queue is full: the kernel drops what else comes, as a firewall would.</summary>
    private sealed class FullListener : IDisposable
    {
        private readonly Socket _listener;
        private readonly List<Socket> _waiting = [];

        private FullListener(IPEndPoint endpoint)
        {
            _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _listener.Bind(endpoint);
            _listener.Listen(0);
        }

        public static FullListener At(IPEndPoint endpoint)
        {
            var full = new FullListener(endpoint);
            for (var i = 0; i < 4; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                _ = socket.ConnectAsync(endpoint);
                full._waiting.Add(socket);
            }

            return full;
        }

        public void Dispose()
        {
            _waiting.ForEach(socket => socket.Dispose());
            _listener.Dispose();
        }
    }
}
