using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Silo.Tests.Api;

/// <summary>A run's life over the tenant API, and one tenant reaching for another's.</summary>
public sealed class RunApiTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    private static readonly string s_snapshot = new('a', 64);

    [Fact]
    public async Task Run_FromOpenToFinish_GoesAsTheRepositorySays()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        var tenant = await world.AddTenantAsync(repository.Identity.Id);
        using var connector = await world.EnrolConnectorAsync(tenant);
        using var client = world.TenantHttp(connector);
        using var edge = world.EdgeClient(repository);
        using var gateway = world.EdgeClient(world.Gateway);

        var ticket = await client.OkAsync<RunTicket>(HttpMethod.Post, TenantRoutes.Runs, Open("nightly", repository.Identity.Id));
        var route = await gateway.GetAsync<GatewayRoute>(EdgeRoutes.Routes + ticket.ServerName, SiloWorld.Deadline);
        var grant = await edge.GetAsync<RunGrant>(EdgeRoutes.Grants + ticket.ServerName, SiloWorld.Deadline);
        var progress = await client.OkAsync<ProgressAnswer>(
            HttpMethod.Post, TenantRoutes.Progress("nightly", ticket.Run), new ProgressRequest(1, RunState.Running, ticket.Gateways.Version, [new PathEntry("gtw1", 5, 100, 10)]));
        var second = await client.OkAsync<RunTicket>(
            HttpMethod.Post, TenantRoutes.Attempts("nightly", ticket.Run), new NextAttemptRequest(1, 1, "The network went away.", [new PathEntry("gtw1", 5, 200, 20)]));
        var finishing = client.OkAsync<RunSummary>(
            HttpMethod.Post, TenantRoutes.Finish("nightly", ticket.Run), new FinishRequest(2, 0, false, true, null, [new PathEntry("gtw1", 5, 300, 30)]));
        await edge.PostAsync(EdgeRoutes.Snapshots, new SnapshotReport(ticket.ServerName, null, "/desk/", s_snapshot, world.Time.GetUtcNow()), SiloWorld.Deadline);
        var summary = await finishing;

        Assert.Equal(("nightly", 1L, 1, repository.Identity.Id), (ticket.Job, ticket.Run, ticket.Attempt, ticket.Repository));
        Assert.Equal((ticket.ServerName, repository.Identity.Id, tenant), (route!.ServerName, route.Target, route.Tenant));
        Assert.Equal((tenant, "desk", "nightly", 1L, AccessRights.Full), (grant!.Tenant, grant.Connector, grant.Job, grant.Run, grant.Rights));
        Assert.False(progress.Stop);
        Assert.Equal((2, ticket.ServerName), (second.Attempt, second.ServerName));
        Assert.Equal((RunState.Succeeded, 2, 0, s_snapshot), (summary.State, summary.Attempts, summary.ExitCode, summary.Snapshot));
        Assert.Equal(new PathEntry("gtw1", 10, 500, 50), Assert.Single(summary.Path));
        Assert.Null(await gateway.GetAsync<GatewayRoute>(EdgeRoutes.Routes + ticket.ServerName, SiloWorld.Deadline));
        Assert.Null(await edge.GetAsync<RunGrant>(EdgeRoutes.Grants + ticket.ServerName, SiloWorld.Deadline));
        var again = await client.OkAsync<RunSummary>(
            HttpMethod.Post, TenantRoutes.Finish("nightly", ticket.Run), new FinishRequest(2, 1, false, true, "x", []));
        Assert.Equal(RunState.Succeeded, again.State);
        var status = await client.OkAsync<TenantStatusAnswer>(HttpMethod.Get, TenantRoutes.Status);
        Assert.Equal(("nightly", RunState.Succeeded), (Assert.Single(status.Jobs).Job, status.Jobs[0].LastRun!.State));
    }

    [Fact]
    public async Task Finish_WithoutASnapshot_WaitsForTheRepositoryThenSaysSo()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync(repository.Identity.Id));
        using var client = world.TenantHttp(connector);
        var ticket = await client.OkAsync<RunTicket>(HttpMethod.Post, TenantRoutes.Runs, Open("nightly", repository.Identity.Id));

        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        var summary = await client.OkAsync<RunSummary>(HttpMethod.Post, TenantRoutes.Finish("nightly", ticket.Run), new FinishRequest(1, 0, false, true, null, []));

        Assert.Equal(RunState.NoSnapshot, summary.State);
        Assert.False(string.IsNullOrEmpty(summary.Reason));
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(began) >= TimeSpan.FromSeconds(4.9));
    }

    [Theory]
    [InlineData(-1, 0, 0, "resumes")]
    [InlineData(1_000_001, 0, 0, "resumes")]
    [InlineData(1, -1, 0, "gapMilliseconds")]
    [InlineData(1, long.MaxValue, 0, "gapMilliseconds")]
    [InlineData(1, 100, -1, "longestGapMilliseconds")]
    [InlineData(1, 100, 101, "longestGapMilliseconds")]
    public async Task Report_WithGapsThatCannotBe_NamesTheField(int resumes, long total, long longest, string field)
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync(repository.Identity.Id));
        using var client = world.TenantHttp(connector);
        var ticket = await client.OkAsync<RunTicket>(HttpMethod.Post, TenantRoutes.Runs, Open("nightly", repository.Identity.Id));

        foreach (var (path, body) in new (string, object)[]
        {
            (TenantRoutes.Attempts("nightly", ticket.Run), new NextAttemptRequest(1, 1, "x", [], resumes, total, longest)),
            (TenantRoutes.Progress("nightly", ticket.Run), new ProgressRequest(1, RunState.Running, 0, [], resumes, total, longest)),
            (TenantRoutes.Finish("nightly", ticket.Run), new FinishRequest(1, 0, false, false, null, [], resumes, total, longest)),
        })
        {
            var refused = await client.RefusedAsync(HttpMethod.Post, path, body);
            Assert.Equal(400, refused.Status);
            Assert.Contains(field, refused.Errors!.Keys);
        }
        var run = (await client.OkAsync<TenantStatusAnswer>(HttpMethod.Get, TenantRoutes.Status)).Jobs.Single().LastRun!;
        Assert.Equal((RunState.Running, 1), (run.State, run.Attempts));
    }

    [Fact]
    public async Task OneTenant_ReachingForAnothersRunOrRepository_FindsNothing()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var otherRepository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var owner = await world.EnrolConnectorAsync(await world.AddTenantAsync(repository.Identity.Id));
        using var thief = await world.EnrolConnectorAsync(await world.AddTenantAsync(otherRepository.Identity.Id));
        using var ownerClient = world.TenantHttp(owner);
        using var client = world.TenantHttp(thief);
        var ticket = await ownerClient.OkAsync<RunTicket>(HttpMethod.Post, TenantRoutes.Runs, Open("nightly", repository.Identity.Id));

        foreach (var (path, body) in new (string, object)[]
        {
            (TenantRoutes.Attempts("nightly", ticket.Run), new NextAttemptRequest(1, 1, "x", [])),
            (TenantRoutes.Progress("nightly", ticket.Run), new ProgressRequest(1, RunState.Running, 0, [])),
            (TenantRoutes.Finish("nightly", ticket.Run), new FinishRequest(1, 0, false, false, null, [])),
        })
        {
            var refused = await client.RefusedAsync(HttpMethod.Post, path, body);
            Assert.Equal((404, ProblemCodes.NotFound), (refused.Status, refused.Code));
        }

        foreach (var job in new[] { $"{owner.Identity.Tenant}/nightly", $"..%2F{owner.Identity.Tenant}%2Fnightly", $"{owner.Identity.Tenant}%2Fnightly" })
        {
            var refused = await client.RefusedAsync(HttpMethod.Post, $"/v1/runs/{job}/1/progress", new ProgressRequest(1, RunState.Running, 0, []));
            Assert.Contains(refused.Status, new[] { 400, 404 });
        }

        var repositoryRefused = await client.RefusedAsync(HttpMethod.Post, TenantRoutes.Runs, Open("x", repository.Identity.Id));
        Assert.Equal((403, ProblemCodes.NoQuota, false), (repositoryRefused.Status, repositoryRefused.Code, repositoryRefused.Retry));

        using var otherEdge = world.EdgeHttp(otherRepository);
        var grant = await otherEdge.RefusedAsync(HttpMethod.Get, EdgeRoutes.Grants + ticket.ServerName);
        var report = await otherEdge.RefusedAsync(
            HttpMethod.Post, EdgeRoutes.Snapshots, new SnapshotReport(ticket.ServerName, null, "/", s_snapshot, world.Time.GetUtcNow()));
        Assert.Equal((404, 404), (grant.Status, report.Status));
        var run = (await ownerClient.OkAsync<TenantStatusAnswer>(HttpMethod.Get, TenantRoutes.Status)).Jobs.Single().LastRun!;
        Assert.Equal((RunState.Running, null, 1), (run.State, run.Snapshot, run.Attempts));
    }

    [Fact]
    public async Task Run_OfAnotherConnectorOfTheTenant_IsNotMoved()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        var tenant = await world.AddTenantAsync(repository.Identity.Id);
        using var one = await world.EnrolConnectorAsync(tenant, "one");
        using var two = await world.EnrolConnectorAsync(tenant, "two");
        using var clientOne = world.TenantHttp(one);
        using var clientTwo = world.TenantHttp(two);
        var ticket = await clientOne.OkAsync<RunTicket>(HttpMethod.Post, TenantRoutes.Runs, Open("nightly", repository.Identity.Id));

        var finish = await clientTwo.RefusedAsync(HttpMethod.Post, TenantRoutes.Finish("nightly", ticket.Run), new FinishRequest(1, 0, true, false, null, []));
        var open = await clientTwo.RefusedAsync(HttpMethod.Post, TenantRoutes.Runs, Open("nightly", repository.Identity.Id));

        Assert.Contains(finish.Code, new[] { ProblemCodes.RunClosed, ProblemCodes.NotFound });
        Assert.Equal((409, ProblemCodes.RunClosed), (open.Status, open.Code));
    }

    [Fact]
    public async Task Open_WithFieldsThatCannotBe_NamesEveryOne()
    {
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync());
        using var client = world.TenantHttp(connector);

        var refused = await client.RefusedAsync(HttpMethod.Post, TenantRoutes.Runs, new OpenRunRequest("No Id", JobKind.Backup, "", "", new string('t', 65), false, 65));
        var missing = await client.RefusedAsync(HttpMethod.Post, TenantRoutes.Runs, new object());
        var kind = await client.RefusedAsync(HttpMethod.Post, TenantRoutes.Runs, new { job = "x", kind = 7 });

        Assert.Equal(["connections", "host", "job", "repository", "tool"], refused.Errors!.Keys.Order());
        Assert.Contains("'65'", refused.Errors["connections"][0], StringComparison.Ordinal);
        Assert.Contains("1 to 64", refused.Errors["connections"][0], StringComparison.Ordinal);
        Assert.Equal(["connections", "host", "job", "repository", "tool"], missing.Errors!.Keys.Order());
        Assert.Contains("is missing", missing.Errors["job"][0], StringComparison.Ordinal);
        Assert.Equal(["kind"], kind.Errors!.Keys);
    }

    [Fact]
    public async Task Open_OfADisabledTenant_IsRefusedForGood()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        var tenant = await world.AddTenantAsync(repository.Identity.Id);
        using var connector = await world.EnrolConnectorAsync(tenant);
        using var client = world.TenantHttp(connector);
        await world.Grains.GetGrain<ITenantGrain>(tenant).ChangeAsync(new ChangeTenant(null, TenantStatus.Disabled, null, null, null, null), SiloWorld.Deadline);

        var open = await client.RefusedAsync(HttpMethod.Post, TenantRoutes.Runs, Open("nightly", repository.Identity.Id));
        var gateways = await client.RefusedAsync(HttpMethod.Get, TenantRoutes.Gateways);
        var status = await client.OkAsync<TenantStatusAnswer>(HttpMethod.Get, TenantRoutes.Status);

        Assert.Equal((403, ProblemCodes.TenantDisabled, false), (open.Status, open.Code, open.Retry));
        Assert.Equal(ProblemCodes.TenantDisabled, gateways.Code);
        Assert.Equal("disabled", status.Status);
    }

    [Fact]
    public async Task Gateways_ForAConnector_ListsThoseThatAreHeard()
    {
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync());
        using var client = world.TenantHttp(connector);
        using var gateway = world.EdgeClient(world.Gateway);
        await gateway.PostAsync<GatewayHeartbeat, GatewayHeartbeatAnswer>(
            EdgeRoutes.GatewayHeartbeat, new GatewayHeartbeat("1.0", 0, 0, 0, 0, 1, new Dictionary<string, long>()), SiloWorld.Deadline);

        var list = await client.OkAsync<GatewayList>(HttpMethod.Get, TenantRoutes.Gateways);

        Assert.Contains(list.Gateways, entry => entry.Gateway == "gtw1" && entry.Host == "127.0.0.1");
        Assert.Equal(Enumerable.Range(1, list.Gateways.Count), list.Gateways.Select(entry => entry.Rank));
    }

    [Fact]
    public async Task RepositoryHeartbeat_IsSeenInTheRepository()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var edge = world.EdgeClient(repository);
        using var http = world.EdgeHttp(repository);

        await edge.PostAsync<RepositoryHeartbeat, RepositoryHeartbeatAnswer>(
            EdgeRoutes.RepositoryHeartbeat, new RepositoryHeartbeat("1.0", 5, 100, 50, []), SiloWorld.Deadline);
        var refused = await http.RefusedAsync(HttpMethod.Post, EdgeRoutes.RepositoryHeartbeat, new RepositoryHeartbeat("1.0", -5, -1, 50, []));

        var info = await world.Grains.GetGrain<IRepositoryGrain>(repository.Identity.Id).GetAsync(SiloWorld.Deadline);
        Assert.Equal(50, info.State!.FreeBytes);
        Assert.Equal(["capacityBytes", "epoch"], refused.Errors!.Keys.Order());
    }

    [Fact]
    public async Task Path_WithReasons_IsKeptWithThem()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        var tenant = await world.AddTenantAsync(repository.Identity.Id);
        using var connector = await world.EnrolConnectorAsync(tenant);
        using var client = world.TenantHttp(connector);
        using var gateway = world.EdgeClient(world.Gateway);
        await gateway.PostAsync<GatewayHeartbeat, GatewayHeartbeatAnswer>(
            EdgeRoutes.GatewayHeartbeat, new GatewayHeartbeat("1.0", 0, 0, 0, 0, 1, new Dictionary<string, long>()), SiloWorld.Deadline);
        var ticket = await client.OkAsync<RunTicket>(
            HttpMethod.Post, TenantRoutes.Runs, new OpenRunRequest("nightly", JobKind.Copy, repository.Identity.Id, "desk", "restic backup", false, 5));
        PathEntry[] said =
        [
            new("g1", 1, 1, 1, "first"), new("g2", 1, 1, 1, "next", "g1"), new("g3", 1, 1, 1, "behind"), new("g4", 1, 1, 1, "closed", "g3"), new("g5", 1, 1, 1, "silent", "g4"),
            new("g6", 1, 1, 1, "of-a-newer-connector", "g5"), new("g7", 1, 1, 1),
        ];

        await client.OkAsync<RunSummary>(HttpMethod.Post, TenantRoutes.Finish("nightly", ticket.Run), new FinishRequest(1, 1, false, false, "it failed", said));

        var run = (await world.Grains.GetGrain<IJobGrain>($"{tenant}/nightly").GetAsync(SiloWorld.Deadline)).Runs[0];
        Assert.Equal(
            [
                (PathReason.First, null), (PathReason.Next, "g1"), (PathReason.Behind, null), (PathReason.Closed, "g3"), (PathReason.Silent, "g4"),
                (PathReason.Unknown, "g5"), (PathReason.Unknown, null),
            ],
            run.Attempts[0].Path.Select(step => (step.Reason, step.After)));
    }

    [Fact]
    public async Task RepositoryHeartbeat_WithConnectionsFromGateways_ReachesTheirPools()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var edge = world.EdgeClient(repository);
        using var http = world.EdgeHttp(repository);
        var gateway = world.Gateway.Identity.Id;

        await SayUntilAsync(held: true, new GatewayConnections(gateway, 4000), new GatewayConnections("of-nobody", 7));
        await SayUntilAsync(held: false);
        GatewayConnections?[] impossible = [new("GTW 1", 1), new(gateway, -1), new(gateway, 1_000_001), null];
        foreach (var entry in impossible)
        {
            var refused = await http.RefusedAsync(
                HttpMethod.Post, EdgeRoutes.RepositoryHeartbeat, new RepositoryHeartbeat("1.0", 5, 100, 50, [], [entry!]));
            Assert.Equal("gateways", Assert.Single(refused.Errors!).Key);
        }

        // Rankers keep what they know for half a second, and what was said counts for 10 s.
        async Task SayUntilAsync(bool held, params GatewayConnections[] connections)
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            while (true)
            {
                await edge.PostAsync<RepositoryHeartbeat, RepositoryHeartbeatAnswer>(
                    EdgeRoutes.RepositoryHeartbeat, new RepositoryHeartbeat("1.0", 5, 100, 50, [], connections), SiloWorld.Deadline);
                var places = await world.Grains.GetGrain<IGatewayRanker>("default").ExplainAsync(SiloWorld.Deadline);
                if (places.Single(place => place.Gateway == gateway).Held > 0 == held)
                {
                    return;
                }
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"After 60 s it is not so that connections are held: {held}.");
                await Task.Delay(200, SiloWorld.Deadline);
            }
        }
    }

    [Fact]
    public async Task Leases_OfSeveralTenants_AreGrantedToTheHostAndTheSameWhenRepeated()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        var tenant = await world.AddTenantAsync(repository.Identity.Id);
        using var edge = world.EdgeClient(repository);
        var limit = (await world.Grains.GetGrain<IQuotaGrain>($"{tenant}/{repository.Identity.Id}").GetAsync(SiloWorld.Deadline)).LimitBytes;
        LeaseRequest Request(long epoch, long sequence, long used, long held, long wanted) => new(
            "00ff00ff00ff00ff", epoch, sequence, [new TenantLease(tenant, used, held, 0, wanted, 0), new TenantLease("nobody", 1, 0, 0, 5, 0)]);
        Task<LeaseAnswer> AskAsync(LeaseRequest request) => edge.PostAsync<LeaseRequest, LeaseAnswer>(EdgeRoutes.Leases, request, SiloWorld.Deadline);

        var first = await AskAsync(Request(7, 1, 1000, 0, 5000));
        var again = await AskAsync(Request(7, 1, 1000, 0, 9000));
        var all = await AskAsync(Request(7, 2, 2000, 5000, long.MaxValue));
        var old = await AskAsync(Request(6, 9, 0, 0, 5000));

        Assert.Equal((7L, 1L), (first.Epoch, first.Sequence));
        Assert.Equal([new(tenant, LeaseStatus.Granted, limit, 5000, 0, 0), new("nobody", LeaseStatus.NoQuota, 0, 0, 0, 0)], first.Leases);
        Assert.Equal(first.Leases, again.Leases);
        Assert.Equal(limit, all.Leases[0].CeilingBytes);
        Assert.Equal(LeaseStatus.Superseded, old.Leases[0].Status);
        var quota = await world.Grains.GetGrain<IQuotaGrain>($"{tenant}/{repository.Identity.Id}").GetAsync(SiloWorld.Deadline);
        Assert.Equal((2000, limit - 2000), (quota.UsedBytes, quota.ReservedBytes));
    }

    [Fact]
    public async Task Leases_WithFieldsThatCannotBe_NamesEveryOne()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var http = world.EdgeHttp(repository);

        var refused = await http.RefusedAsync(HttpMethod.Post, EdgeRoutes.Leases, new LeaseRequest("XYZ", -1, -2,
        [
            new TenantLease("acme", 0, 0, 0, 0, 0),
            new TenantLease("No Id", -1, -2, -3, -4, -5),
            new TenantLease("beta", 0, 5, 6, 4, 5),
            new TenantLease("acme", 0, 0, 0, 0, 0),
        ]));

        Assert.Equal(400, refused.Status);
        Assert.Equal(
            [
                "epoch", "host", "leases[1].heldBytes", "leases[1].heldMaintenanceBytes", "leases[1].tenant", "leases[1].usedBytes", "leases[1].wantedBytes",
                "leases[1].wantedMaintenanceBytes", "leases[2].wantedBytes", "leases[2].wantedMaintenanceBytes", "leases[3].tenant", "sequence",
            ],
            refused.Errors!.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Snapshot_WithFieldsThatCannotBe_NamesEveryOneAndAgentlessIsTaken()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var http = world.EdgeHttp(repository);
        using var edge = world.EdgeClient(repository);

        var refused = await http.RefusedAsync(HttpMethod.Post, EdgeRoutes.Snapshots, new SnapshotReport("UPPER", null, "", "xyz", world.Time.GetUtcNow()));
        await edge.PostAsync(
            EdgeRoutes.Snapshots, new SnapshotReport(new ZoneNames(SiloWorld.Zone).NewAccess(), "key", "/", s_snapshot, world.Time.GetUtcNow()), SiloWorld.Deadline);

        Assert.Equal(["path", "serverName", "snapshot"], refused.Errors!.Keys.Order());
    }

    private static OpenRunRequest Open(string job, string repository) => new(job, JobKind.Backup, repository, "desk", "restic backup", false, 5);
}
