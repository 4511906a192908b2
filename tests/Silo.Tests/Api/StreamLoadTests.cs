using System.Net;
using System.Net.Sockets;
using System.Text;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.EdgeApi;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Api;

/// <summary>Event streams when many come at once, when nobody reads, and when one program opens too many.</summary>
public sealed class StreamLoadTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    [Fact]
    public async Task Stream_ThatNobodyReads_IsEndedAndOthersGoOn()
    {
        using var gateway = await world.EnrolGatewayAsync(world.NewId("gtw"));
        using var counted = new Counted(world);
        using var other = world.EdgeClient(world.Gateway);
        using var life = new CancellationTokenSource(TimeSpan.FromSeconds(180));
        await using var reads = new Events(other.StreamAsync(null, life.Token));
        await reads.NextAsync(EdgeEventKinds.Snapshot);

        // The smallest window that there is: what fits into the network's buffers is not what is tested.
        Socket? socket = null;
        using var http = world.Http("edge." + SiloWorld.Zone, gateway.CertificateContext, async token =>
        {
            socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
            await socket.ConnectAsync(world.Edge, token);
            return new NetworkStream(socket, ownsSocket: true);
        });
        using var answer = await http.GetAsync(EdgeRoutes.Stream, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var writer = world.Services.GetRequiredService<ISiloWriter>();
        var payload = $"{{\"id\":\"{new string('x', 64 << 10)}\"}}";
        for (var i = 0; i < 160; i++)
        {
            await writer.WriteAsync((db, _) =>
            {
                EdgeLog.Append(db, new EdgeMessage(EdgeAudience.Gateway(gateway.Identity.Id), "for-nobody", payload), world.Time.GetUtcNow());
                return Task.CompletedTask;
            }, SiloWorld.Deadline);
        }

        await counted.UntilAsync("streams.ended reason=not-reading", 1);
        await reads.HeardAsync();
    }

    [Fact]
    public async Task Stream_BeyondThoseThatAProgramNeeds_EndsItsOldest()
    {
        using var gateway = await world.EnrolGatewayAsync(world.NewId("gtw"));
        using var counted = new Counted(world);
        using var client = world.EdgeClient(gateway);
        var open = new List<Events>();
        for (var i = 0; i <= StreamPlaces.PerProgram; i++)
        {
            open.Add(new Events(client.StreamAsync(null, SiloWorld.Deadline)));
            await open[^1].NextAsync(EdgeEventKinds.Snapshot);
        }

        Assert.True(await open[0].EndsAsync());
        Assert.Equal(1, counted["streams.ended reason=replaced"]);
        await open[1].HeardAsync();
        await open[^1].HeardAsync();
        foreach (var events in open)
        {
            await events.DisposeAsync();
        }
    }

    [Fact]
    public async Task Streams_OfManyAtOnceAgainAndAgain_AllBeginWithTheirOwnSnapshotOrGoOn()
    {
        const int Gateways = 25, Rounds = 10;
        var clients = new List<(string Id, EdgeClient Client)>();
        for (var i = 0; i < Gateways; i++)
        {
            var identity = await world.EnrolGatewayAsync(world.NewId("gtw"));
            clients.Add((identity.Identity.Id, world.EdgeClient(identity)));

            // One handshake after another: a client gives each 5 s.
            await clients[^1].Client.AuthoritiesAsync(SiloWorld.Deadline);
        }

        await Parallel.ForEachAsync(clients, new ParallelOptions { MaxDegreeOfParallelism = Gateways }, async (client, token) =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                await using var fresh = new Events(client.Client.StreamAsync(null, SiloWorld.Deadline));
                var snapshot = await fresh.NextAsync(EdgeEventKinds.Snapshot);
                Assert.Equal(client.Id, snapshot.Read<GatewaySnapshot>().Gateway);
                Assert.Contains(snapshot.Read<GatewaySnapshot>().Targets, target => target.Id == BelievedGateways.TenantApiTarget && target.ProxyKey.SequenceEqual(world.ProxyKey(client.Id)));
                await using var goesOn = new Events(client.Client.StreamAsync(snapshot.Sequence, SiloWorld.Deadline));
                Assert.Equal(EdgeEventKinds.TargetChanged, (await goesOn.NextAsync()).Kind);
            }
        });
        clients.ForEach(client => client.Client.Dispose());
    }

    [Fact]
    public async Task Snapshot_AskedForByMany_IsReadOnceASecond()
    {
        var time = new ManualTimeProvider();
        var source = new Source();
        using var provider = new ServiceCollection().AddMetrics().AddSingleton<ApiMetrics>().BuildServiceProvider();
        var shared = new SharedSnapshots(source, provider.GetRequiredService<ApiMetrics>(), time);
        Task<SharedSnapshot?> GetAsync(long enrolment = 1) => shared.GetAsync(CertificateRole.Gateway, "gtw1", enrolment, SiloWorld.Deadline);

        var all = await Task.WhenAll(Enumerable.Range(0, 10_000).Select(_ => GetAsync()));
        Assert.Equal(1, source.Read);
        Assert.All(all, snapshot => Assert.Same(all[0], snapshot));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotSame(all[0], await GetAsync());
        Assert.Equal(2, source.Read);

        // Another enrolment holds the place: its snapshot is not for the one before, and the one before's not for it.
        source.Enrolment = 2;
        Assert.Equal(2, (await GetAsync(enrolment: 2))!.Enrolment);
        Assert.Null(await GetAsync());

        source.Fails = true;
        time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => GetAsync(enrolment: 2));
        source.Fails = false;
        Assert.NotNull(await GetAsync(enrolment: 2));
    }

    private sealed class Source : IEdgeSnapshots
    {
        private int _read;

        public int Read => _read;

        public long Enrolment { get; set; } = 1;

        public bool Fails { get; set; }

        public Task<EdgeHolder?> HolderAsync(CertificateRole role, string id, CancellationToken cancellationToken) =>
            Task.FromResult<EdgeHolder?>(new EdgeHolder("00", null, Enrolment));

        public async Task<GatewaySnapshot?> GatewayAsync(string gateway, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return Fails ? throw new TimeoutException("away") : new GatewaySnapshot(Interlocked.Increment(ref _read), gateway, SiloWorld.Zone, GatewayWantedState.Active, [], []);
        }

        public Task<RepositorySnapshot?> RepositoryAsync(string repository, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<RunGrant?> GrantAsync(string repository, string serverName, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<RunReference?> RunAsync(string repository, string serverName, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<AccessReference?> AccessAsync(string repository, string serverName, string accessKey, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
