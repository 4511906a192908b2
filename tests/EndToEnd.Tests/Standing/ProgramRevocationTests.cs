using System.Net;
using System.Net.Sockets;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Proxy;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests.Standing;

/// <summary>A gateway or a repository loses its right while it is in use; and a gateway that was stolen comes back with what it knew.</summary>
public sealed class ProgramRevocationTests
{
    private const string TenantApi = "cc." + World.Zone;
    private const string TenantSite = "my." + World.Zone;

    [Fact]
    public async Task Gateway_WhenRevoked_IsOutOnEveryPathAndTheOtherIsNot()
    {
        await using var world = await World.StartAsync(gateways: 2);
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        using var identity = desk.Identity();
        using var api = new ConnectorApi(world, "gtw2", identity);
        using var through = new ConnectorApi(world, "gtw1", identity);
        var ticket = await api.OpenRunAsync("nightly");
        await through.GetAsync<TenantStatusAnswer>(TenantRoutes.Status);
        using var stolen = world.IdentityOf("gtw1");
        using var edge = new EdgeClient(stolen, TimeProvider.System);
        await using var stream = new Stream(edge);
        var targets = (await stream.SnapshotAsync()).Targets;
        var (gone, stays) = (world.AddressOf("gtw1"), world.AddressOf("gtw2"));
        await using var flows = new Flows();
        flows.Add(
            await Flow.IdleAsync(gone, ticket.ServerName, "/desk/config", identity),
            await Flow.UploadAsync(gone, ticket.ServerName, identity),
            await Flow.IdleAsync(gone, TenantApi, TenantRoutes.Authority, identity, $"Headgate-Version: {Protocol.ProtocolVersion.Current}\r\n"),
            await Flow.IdleAsync(gone, TenantSite, "/sign-in"));
        await using var goesOn = await Flow.UploadAsync(stays, ticket.ServerName, identity);

        // What a thief opened past the gateway's own program, which might not obey.
        await using var atRepository = await OpenAsync(world, "repo1", 6183, ticket.ServerName, Key(targets, "repo1"), identity);
        await using var atTenantApi = await OpenAsync(world, "server", 6182, TenantApi, Key(targets, "tenant-api"), identity);
        await using var atSite = await OpenAsync(world, "server", 6185, TenantSite, Key(targets, "tenant-site"), null);
        flows.AreAlive();

        (await world.AdminAsync("gateway", "revoke", "gtw1")).Succeeded();

        await flows.EndAsync(world);
        await stream.EndsAsync();
        foreach (var connection in new[] { atRepository, atTenantApi, atSite })
        {
            await connection.ReadToEndAsync(TimeSpan.FromSeconds(45));
        }

        await Tool.UntilAsync(() => !Listens(gone), "the revoked gateway to close its socket", () => world.Logs, TimeSpan.FromSeconds(45));
        Assert.Equal("gtw2", Assert.Single((await api.GetAsync<GatewayList>(TenantRoutes.Gateways)).Gateways).Gateway);
        Assert.Equal(ProblemCodes.Revoked, (await Assert.ThrowsAsync<ProblemException>(() => edge.GetAsync<GatewayRoute>(EdgeRoutes.Routes + ticket.ServerName, default))).Code);
        await goesOn.MovesAsync();
        Assert.True(goesOn.IsAlive);
        await ThiefIsOutAsync(world, ticket.ServerName, targets, identity);

        // Enrolled again under the same id, on a new machine: the old keys stay worthless.
        var code = await world.CodeAsync("code", "gateway", "gtw1");
        var folder = world.PathOf("gtw1-again");
        (await Tool.RunAsync(Programs.Gateway, ["enroll", "--data", folder, code])).Succeeded();
        using var again = World.IdentityIn(folder);
        using var edgeAgain = new EdgeClient(again, TimeProvider.System);
        await using var streamAgain = new Stream(edgeAgain);
        var targetsAgain = (await streamAgain.SnapshotAsync()).Targets;
        await Tool.UntilAsync(
            async () => (await AskAsync(world, "repo1", 6183, ticket.ServerName, Key(targetsAgain, "repo1"), identity)).Status == 200, "the new enrolment to be believed");
        Assert.Equal(200, (await AskAsync(world, "server", 6182, TenantApi, Key(targetsAgain, "tenant-api"), identity)).Status);
        await ThiefIsOutAsync(world, ticket.ServerName, targets, identity);
        Assert.Equal(ProblemCodes.Revoked, (await Assert.ThrowsAsync<ProblemException>(() => edge.GetAsync<GatewayRoute>(EdgeRoutes.Routes + ticket.ServerName, default))).Code);
    }

    [Fact]
    public async Task Repository_WhenRevoked_IsLedToNoMoreAndTheOtherIs()
    {
        await using var world = await World.StartAsync(gateways: 1, repositories: 2);
        var tenant = await world.AddTenantAsync("acme", "2GiB", "repo1", "repo2");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync("repo1");
        await desk.InitAsync("repo2");
        using var identity = desk.Identity();
        using var api = new ConnectorApi(world, "gtw1", identity);
        var (one, two) = (await api.OpenRunAsync("one", "repo1"), await api.OpenRunAsync("two", "repo2"));
        using var edge = new EdgeClient(world.IdentityOf("repo2"), TimeProvider.System);
        await using var stream = new Stream(edge);
        await stream.StartsAsync();
        await using var flows = new Flows();
        flows.Add(
            await Flow.IdleAsync(world.AddressOf("gtw1"), two.ServerName, "/desk/config", identity),
            await Flow.UploadAsync(world.AddressOf("gtw1"), two.ServerName, identity));
        await using var goesOn = await Flow.UploadAsync(world.AddressOf("gtw1"), one.ServerName, identity);

        (await world.AdminAsync("repository", "revoke", "repo2")).Succeeded();

        await flows.EndAsync(world);
        await stream.EndsAsync();
        Assert.Null((await TlsConnection.AskAsync(
            world.AddressOf("gtw1"), World.PublicPort, two.ServerName, Provider.Request("GET", "/desk/config", two.ServerName), identity)).Status);
        var refused = await Assert.ThrowsAsync<ProblemException>(() => api.OpenRunAsync("again", "repo2"));
        Assert.Contains("revoked", refused.Message, StringComparison.Ordinal);
        await goesOn.MovesAsync();
        Assert.True(goesOn.IsAlive);
    }

    private static async Task ThiefIsOutAsync(World world, string route, IReadOnlyList<RelayTarget> targets, ProgramIdentity identity)
    {
        foreach (var (part, port, name, target) in new[]
        {
            ("repo1", 6183, route, "repo1"), ("server", 6182, TenantApi, "tenant-api"), ("server", 6185, TenantSite, "tenant-site"),
        })
        {
            var answer = await AskAsync(world, part, port, name, Key(targets, target), identity);
            Assert.True(answer is { Status: null, Text: "" }, $"{target}: {answer}");
        }
    }

    private static byte[] Key(IReadOnlyList<RelayTarget> targets, string target) => targets.Single(known => known.Id == target).ProxyKey;

    private static byte[] Header(string authority, byte[] key) => new ProxyHeader(
        new IPEndPoint(IPAddress.Parse("192.0.2.7"), 40000), new IPEndPoint(IPAddress.Parse("192.0.2.8"), World.PublicPort), authority, "gtw1").Write(key);

    private static Task<TlsConnection> OpenAsync(World world, string part, int port, string name, byte[] key, ProgramIdentity? identity) =>
        TlsConnection.OpenAsync(world.AddressOf(part), port, name, identity, Header(name, key));

    private static Task<Answer> AskAsync(World world, string part, int port, string name, byte[] key, ProgramIdentity identity) => TlsConnection.AskAsync(
        world.AddressOf(part), port, name,
        Provider.Request("GET", name == TenantApi ? TenantRoutes.Authority : "/desk/config", name, $"Headgate-Version: {Protocol.ProtocolVersion.Current}\r\n"),
        identity, Header(name, key));

    private static bool Listens(string address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Parse(address), World.PublicPort);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>An event stream that is read until the silo ends it.</summary>
    private sealed class Stream(EdgeClient client) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(2));
        private IAsyncEnumerator<EdgeEvent>? _events;

        public async Task<EdgeEvent> StartsAsync()
        {
            _events = client.StreamAsync(null, _patience.Token).GetAsyncEnumerator(_patience.Token);
            Assert.True(await _events.MoveNextAsync());
            return _events.Current;
        }

        public async Task<GatewaySnapshot> SnapshotAsync() => (await StartsAsync()).Read<GatewaySnapshot>();

        public async Task EndsAsync()
        {
            try
            {
                while (await _events!.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)))
                {
                }
            }
            catch (HttpRequestException)
            {
                // Broken off: ended as well.
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_events is not null)
            {
                await _events.DisposeAsync();
            }

            _patience.Dispose();
        }
    }
}
