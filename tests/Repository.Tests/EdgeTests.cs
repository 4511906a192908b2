using System.Net;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Repository.Access;
using Headgate.Repository.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Repository.Tests;

/// <summary>The link to the silo, against a scripted one that speaks the real records.</summary>
public sealed class EdgeTests
{
    [Fact]
    public async Task Stream_WhenItBreaks_GoesOnWhereItWas()
    {
        using var authority = new TestAuthority();
        await using var silo = await TestSilo.StartAsync(authority);
        await using var repository = await StartAsync(silo);
        var (first, second) = (Grant(repository), Grant(repository));
        silo.Push(EdgeEventKinds.GrantOpened, first);
        await Wait.ForAsync(() => repository.Book.Grant(first.ServerName) is not null, "the first grant is known");

        silo.BreakStreams();
        silo.Push(EdgeEventKinds.GrantOpened, second);
        silo.Push("something-newer", second);
        silo.Push(EdgeEventKinds.GrantClosed, new NameReference(first.ServerName));

        await Wait.ForAsync(() => repository.Book.Grant(second.ServerName) is not null, "the second grant is known");
        await Wait.ForAsync(() => repository.Book.Grant(first.ServerName) is null, "the first is closed");
        Assert.Null(silo.StreamsAfter.First());
        Assert.Equal(2, silo.StreamsAfter.Last());
    }

    [Fact]
    public async Task Stream_WhenAnEventCannotBeRead_AsksForEverythingAgain()
    {
        using var authority = new TestAuthority();
        await using var silo = await TestSilo.StartAsync(authority);
        await using var repository = await StartAsync(silo);
        silo.Snapshot = silo.Snapshot with { Sequence = 10, Quotas = [new TenantQuota("acme", 77)] };
        silo.Push(EdgeEventKinds.QuotaChanged, "nonsense");
        await Wait.ForAsync(() => repository.Ledger("acme").Limit == 77, "the second snapshot is applied");
        Assert.Null(silo.StreamsAfter.Last());
        Assert.True(repository.Metrics["edge.failures/event"] >= 1);
    }

    [Fact]
    public async Task Grant_WhenTheConnectionIsFasterThanTheStream_IsLookedUp()
    {
        using var authority = new TestAuthority();
        await using var silo = await TestSilo.StartAsync(authority);
        await using var repository = await StartAsync(silo);
        var grant = Grant(repository);
        silo.Grants[grant.ServerName] = grant;

        using var client = repository.Client(grant.ServerName, repository.Connector());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("config")).StatusCode);

        Assert.Equal(grant.ServerName, Assert.Single(silo.Lookups));
    }

    [Fact]
    public async Task Grant_WhenTheSiloKnowsNone_IsAskedOnceAndRefused()
    {
        using var authority = new TestAuthority();
        await using var silo = await TestSilo.StartAsync(authority);
        await using var repository = await StartAsync(silo);
        var name = repository.NewRouteName();
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => repository.ConnectAsync(name, repository.Connector()));
        }

        await Wait.ForAsync(() => repository.Metrics["connections.refused/unknown-route"] == 3, $"all are counted, seen {repository.Metrics}");
        Assert.Single(silo.Lookups);
    }

    [Fact]
    public async Task TryAdd_WhenTheGrantWasClosedWhileItWasLookedUp_DoesNotBringItBack()
    {
        await using var repository = await TestRepository.StartAsync();
        var grant = Grant(repository);
        var generation = repository.Book.Generation;
        repository.Apply(EdgeEventKinds.GrantClosed, new NameReference(grant.ServerName));
        Assert.False(repository.Book.TryAdd(grant, generation));
        Assert.False(repository.Book.TryAdd(grant, repository.Book.Generation));
        Assert.Null(repository.Book.Grant(grant.ServerName));
    }

    [Fact]
    public async Task TryAdd_WhenAnotherRouteWasClosedMeanwhile_TakesTheGrantAndAfterASnapshotDoesNot()
    {
        await using var repository = await TestRepository.StartAsync();
        var (grant, other) = (Grant(repository), Grant(repository));
        var generation = repository.Book.Generation;
        repository.Apply(EdgeEventKinds.GrantClosed, new NameReference(repository.NewRouteName()));
        Assert.True(repository.Book.TryAdd(grant, generation));

        // A snapshot does not tell what was closed before it.
        repository.Apply(EdgeEventKinds.Snapshot, new RepositorySnapshot(1, "repo1", TestAuthority.Zone, [], [], [], []));
        Assert.False(repository.Book.TryAdd(other, generation));
        Assert.Null(repository.Book.Grant(grant.ServerName));
    }

    [Fact]
    public async Task Heartbeat_WhenThingsHappen_TellsUseAndTraffic()
    {
        using var authority = new TestAuthority();
        await using var silo = await TestSilo.StartAsync(authority);
        var grant = new RunGrant(new ZoneNames(TestAuthority.Zone).Route(RouteLabel.Create(new byte[32])), "acme", "host1", "daily", 1, AccessRights.Full, null);
        silo.Snapshot = silo.Snapshot with { Grants = [grant], Quotas = [new TenantQuota("acme", 1 << 30), new TenantQuota("other", 5)] };
        await using var repository = await StartAsync(silo);
        using var client = repository.Client(grant.ServerName, repository.Connector());
        var blob = Blob.Random(100_000);
        await client.PostAsync("?create=true", null);
        await client.PostAsync("data/" + blob.Name, blob.Body);
        await client.GetByteArrayAsync("data/" + blob.Name);

        await Wait.ForAsync(
            () => silo.Leases.Used("acme") == 100_000, "the use is told");
        await Wait.ForAsync(
            () => silo.Heartbeats.Last().Traffic.Any(t => t.ServerName == grant.ServerName && t is { BytesUp: >= 100_000, BytesDown: >= 100_000, Connections: > 0 }),
            "the traffic is told");
        await Wait.ForAsync(
            () => silo.Heartbeats.Last().Gateways is [{ Gateway: TestRepository.Gateway, Connections: 1 }], "the gateway that the connection came over is told");
        Assert.True(silo.Heartbeats.Last() is { CapacityBytes: > 0, FreeBytes: > 0, Epoch: > 0 });
        Assert.Contains(silo.Leases.Requests, request => request.Leases.Any(lease => lease is { Tenant: "other", UsedBytes: 0, HeldBytes: 0 }));
    }

    [Fact]
    public async Task Snapshot_WhenTheSiloIsAway_IsReportedWhenItIsBack()
    {
        using var authority = new TestAuthority();
        await using var silo = await TestSilo.StartAsync(authority);
        silo.Snapshot = silo.Snapshot with { Quotas = [new TenantQuota("acme", 1 << 30)] };
        await using var repository = await StartAsync(silo);
        var grant = Grant(repository);
        silo.Push(EdgeEventKinds.GrantOpened, grant);
        await Wait.ForAsync(() => repository.Book.Grant(grant.ServerName) is not null, "the grant is known");
        using var client = repository.Client(grant.ServerName, repository.Connector());
        await client.PostAsync("host1/?create=true", null);
        var (first, blob) = (Blob.Random(300), Blob.Random(300));
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + first.Name, first.Body)).StatusCode); // a lease is held

        silo.IsAway = true;
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/snapshots/" + blob.Name, blob.Body)).StatusCode);
        await Wait.ForAsync(() => repository.Metrics["edge.failures/snapshot"] > 0, "the report fails");
        Assert.Empty(silo.Reports);
        silo.IsAway = false;

        await Wait.ForAsync(() => !silo.Reports.IsEmpty, "the report comes");
        var report = Assert.Single(silo.Reports);
        Assert.Equal((grant.ServerName, null, "/host1/", blob.Name), (report.ServerName, report.AccessKey, report.Path, report.Snapshot));
        Assert.True(DateTimeOffset.UtcNow - report.Committed < TimeSpan.FromMinutes(1));
        await Wait.ForAsync(() => !Directory.EnumerateFiles(Path.Combine(repository.Storage, "reports")).Any(), "what was taken is not kept");
    }

    [Fact]
    public async Task Snapshot_WhenTheProcessIsKilledBeforeTheSiloHeard_IsReportedByTheNextOne()
    {
        await using var world = await World.CreateAsync();
        var blobs = Enumerable.Range(0, 3).Select(_ => Blob.Random(300)).ToArray();
        await using (var process = await RepositoryProcess.StartAsync(world.Run("--code", world.Silo.Code())))
        {
            using var client = world.Client(process.Port);
            await client.PostAsync("host1/?create=true", null);
            var first = Blob.Random(300);
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + first.Name, first.Body)).StatusCode); // a lease is held
            world.Silo.IsAway = true;
            foreach (var blob in blobs)
            {
                Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/snapshots/" + blob.Name, blob.Body)).StatusCode);
            }

            process.Kill();
            await process.WaitAsync();
        }

        await File.WriteAllTextAsync(Path.Combine(world.Folder["storage"], "reports", "0000000000000001.json"), "{broken");
        world.Silo.IsAway = false;
        await using var next = await RepositoryProcess.StartAsync(world.Run());
        await Wait.ForAsync(() => world.Silo.Reports.Count == 3, "all are reported");
        Assert.Equal(blobs.Select(blob => blob.Name), world.Silo.Reports.Select(report => report.Snapshot));
        await Wait.ForAsync(() => !Directory.EnumerateFiles(Path.Combine(world.Folder["storage"], "reports")).Any(), "nothing is kept");
    }

    [Fact]
    public async Task Certificate_WhenTwoThirdsOfItsLifeAreOver_IsRenewedAndUsed()
    {
        using var authority = new TestAuthority();
        await using var silo = await TestSilo.StartAsync(authority);
        var now = DateTimeOffset.UtcNow;
        var old = authority.Issue(CertificateRole.Repository, "repo1", now.AddDays(-70), now.AddDays(20), silo.Port);
        await using var repository = await TestRepository.StartAsync(siloPort: silo.Port, authority: authority, identity: old);
        var certificates = repository.Services.GetRequiredService<ServerCertificates>();

        await Wait.ForAsync(() => certificates.Identity != old, "the certificate is renewed");
        Assert.True(ProgramIdentity.TryLoad(repository.Folder["data"], out var saved));
        Assert.Equal(saved.Certificate.Thumbprint, certificates.Identity.Certificate.Thumbprint);
        Assert.NotEqual(old.Certificate.PublicKey.EncodedKeyValue.RawData, saved.Certificate.PublicKey.EncodedKeyValue.RawData);
        await Wait.ForAsync(() => silo.Peers.Contains(saved.Certificate.SerialNumber), "the silo sees the new one");

        await Wait.ForAsync(() => repository.Book.Ready.IsCompleted, "the state is there");
        await using var tls = await repository.ConnectAsync(new ZoneNames(TestAuthority.Zone).NewAccess());
        Assert.Equal(saved.Certificate.Thumbprint, new System.Security.Cryptography.X509Certificates.X509Certificate2(tls.RemoteCertificate!).Thumbprint);
        saved.Dispose();
    }

    private static RunGrant Grant(TestRepository repository) =>
        new(repository.NewRouteName(), "acme", "host1", "daily", 1, AccessRights.Full, null);

    private static async Task<TestRepository> StartAsync(TestSilo silo)
    {
        var repository = await TestRepository.StartAsync(siloPort: silo.Port, authority: silo.Authority);
        await Wait.ForAsync(() => repository.Book.Ready.IsCompleted, "the first snapshot is applied");
        return repository;
    }
}
