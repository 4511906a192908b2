using System.Net;
using System.Security.Cryptography;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>What ends a session, and what ends a leg only.</summary>
public sealed class EndTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Grant_WhenItIsClosed_EndsTheSessionWhetherSuspendedOrNot(bool suspended)
    {
        await using var repository = await Rig.StartAsync();
        await using var session = await TestSession.OpenAsync(repository);
        await Rig.BeginUploadAsync(session);
        if (suspended)
        {
            await session.CutAsync();
        }

        repository.Apply(EdgeEventKinds.GrantClosed, new NameReference(session.Route));

        await Rig.AssertNothingIsLeftAsync(repository, "revoked");
        await repository.Metrics.UntilAsync("connections.ended/grant-closed", 1);
        if (!suspended)
        {
            var end = await session.Session.Ended.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal((SessionEndKind.ResetByPeer, ResumeFault.Revoked), (end.Kind, end.Fault));
        }

        await Wait.ForAsync(() => repository.Metrics["connections.active"] == 0, $"no connection is left, seen {repository.Metrics}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Grant_WhenItsEndHasCome_EndsWhatRunsAndWhatWaits(bool uploading)
    {
        var time = new ShiftedTimeProvider();
        await using var repository = await Rig.StartAsync(time: time);
        var route = repository.OpenRoute(expires: DateTimeOffset.UtcNow.AddMinutes(10));
        await using var session = await TestSession.OpenAsync(repository, route);
        if (uploading)
        {
            await Rig.BeginUploadAsync(session);
        }

        await session.CutAsync();
        time.Shift = TimeSpan.FromMinutes(11);

        await Rig.AssertNothingIsLeftAsync(repository, "revoked");
        await repository.Metrics.UntilAsync("connections.ended/grant-expired", 1);
    }

    [Fact]
    public async Task Wait_WhenThePeerDoesNotComeBack_EndsAndEverythingIsGivenBack()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var repository = await Rig.StartAsync(time: time);
        await using var session = await TestSession.OpenAsync(repository);
        await Rig.BeginUploadAsync(session);
        await session.CutAsync();
        Assert.NotEqual(0, repository.Ledger("acme").Reserved);

        time.Advance(TimeSpan.FromMinutes(10));
        repository.Book.Heard();
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(1, repository.Metrics["sessions.active"]);
        Assert.NotEmpty(repository.TemporaryFiles());
        time.Advance(TimeSpan.FromMinutes(1.1));

        await Rig.AssertNothingIsLeftAsync(repository, "expired");
        repository.Book.Heard();
        var refused = await Assert.ThrowsAsync<ResumeRefusedException>(() => session.ResumeAsync());
        Assert.Equal(RefusalCode.Ended, refused.Code);
        Assert.Contains("within 20 minutes (set by --session-wait)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gap_WhenItLastsLongerThanTheStallTime_IsNoStall()
    {
        var time = new ShiftedTimeProvider();
        await using var repository = await Rig.StartAsync(time: time);
        await using var session = await TestSession.OpenAsync(repository);
        var blob = await Rig.BeginUploadAsync(session);
        await session.CutAsync();

        time.Shift = TimeSpan.FromMinutes(10);
        var connections = Rig.Connections(repository);
        await Wait.ForAsync(() => connections.All.All(c => c.WaitingForPeer is { Ticks: 0 }), "it waits, and not for a peer that is there");
        await session.ResumeAsync();

        await Rig.EndUploadAsync(session, blob);
        Assert.Equal(0, repository.Metrics["connections.ended/stalled"]);
    }

    [Fact]
    public async Task Request_WhenThePeerIsThereAndMovesNothing_IsStalled()
    {
        await using var repository = await Rig.StartAsync(o => o with { StallTimeout = TimeSpan.FromSeconds(8) });
        await using var session = await TestSession.OpenAsync(
            repository, limits: new ResumeLimits { IdlePing = TimeSpan.FromMilliseconds(50), Silence = TimeSpan.FromSeconds(8) });
        await Rig.BeginUploadAsync(session);

        await Rig.AssertNothingIsLeftAsync(repository, "stalled");
        await repository.Metrics.UntilAsync("connections.ended/stalled", 1);
        var end = await session.Session.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((SessionEndKind.ResetByPeer, ResumeFault.Stalled), (end.Kind, end.Fault));
    }

    [Fact]
    public async Task Leg_WhenNothingComesOnIt_IsGivenUpAndTheSessionGoesOnOnAnother()
    {
        var time = new ShiftedTimeProvider();
        await using var repository = await Rig.StartAsync(time: time);
        await using var session = await TestSession.OpenAsync(repository, limits: new ResumeLimits { IdlePing = TimeSpan.FromHours(1), Silence = TimeSpan.FromHours(1) });
        var blob = await Rig.BeginUploadAsync(session);
        await Wait.ForAsync(() => session.Session.Acknowledged == session.Session.Sent, "everything is taken over");

        time.Shift = TimeSpan.FromSeconds(61);

        await Wait.ForAsync(() => repository.Metrics["connections.ended/leg-silent"] == 1, $"the leg is given up, seen {repository.Metrics}");
        await Wait.ForAsync(() => repository.Metrics["sessions.suspended"] == 1, $"the session waits, seen {repository.Metrics}");
        await session.ResumeAsync();
        await Rig.EndUploadAsync(session, blob);
    }

    [Fact]
    public async Task Gateway_WhenItIsRemoved_EndsItsLegsAndNotTheirSessions()
    {
        await using var repository = await Rig.StartAsync();
        var key = RandomNumberGenerator.GetBytes(32);
        repository.Apply(EdgeEventKinds.GatewayChanged, new GatewayKey("gtw2", key));
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        await using var session = await TestSession.OpenAsync(
            repository, route, identity, dial: () => TestLeg.DialAsync(repository, route, identity, "gtw2", key));
        var blob = await Rig.BeginUploadAsync(session);

        repository.Apply(EdgeEventKinds.GatewayRemoved, new NameReference("gtw2"));

        await Wait.ForAsync(() => repository.Metrics["sessions.suspended"] == 1, $"the session waits, seen {repository.Metrics}");
        await session.ResumeAsync();
        await Wait.ForAsync(
            () => Rig.Connections(repository).All.Single(c => c.Role == Access.ConnectionRole.Session).Gateway == TestRepository.Gateway,
            "the session goes by its new gateway");
        await Rig.EndUploadAsync(session, blob);
    }

    [Fact]
    public async Task Stop_WhenARequestIsUnderWay_LetsItEndAndClosesTheSession()
    {
        var repository = await Rig.StartAsync(o => o with { StopTimeout = TimeSpan.FromSeconds(30) });
        await using var session = await TestSession.OpenAsync(repository);
        await using var waiting = await TestSession.OpenAsync(repository);
        await waiting.CutAsync();
        var blob = await Rig.BeginUploadAsync(session);
        var metrics = repository.Metrics;

        var stopping = repository.DisposeAsync();
        await Wait.ForAsync(() => metrics["sessions.ended/stopping"] == 1, $"who waits for nobody ends, seen {metrics}");
        await Rig.EndUploadAsync(session, blob);
        Assert.Equal(SessionEndKind.Completed, (await session.CloseAsync()).Kind);
        await stopping;

        await metrics.UntilAsync("sessions.ended/completed", 1);
        Assert.Equal(0, metrics["sessions.active"]);
        Assert.Equal(0, metrics["uploads.broken"]);
    }

    [Fact]
    public async Task Stop_WhenTheSessionIsIdle_IsPromptAndInOrder()
    {
        var repository = await Rig.StartAsync(o => o with { StopTimeout = TimeSpan.FromMinutes(10) });
        await using var session = await TestSession.OpenAsync(repository);
        Assert.StartsWith("HTTP/1.1 404 ", await session.AskAsync("HEAD /host1/config"), StringComparison.Ordinal);
        var metrics = repository.Metrics;

        var stopping = repository.DisposeAsync().AsTask();
        Assert.Equal(SessionEndKind.Completed, (await session.CloseAsync()).Kind);
        await stopping.WaitAsync(TimeSpan.FromSeconds(60));

        await metrics.UntilAsync("sessions.ended/completed", 1);
    }

    [Fact]
    public async Task Upload_WhenItIsRefusedInAGap_IsHeardOfAfterIt()
    {
        var drain = TimeSpan.FromSeconds(2);
        await using var repository = await Rig.StartAsync(o => o with { DrainTimeout = drain }, new ShiftedTimeProvider());
        await using var session = await TestSession.OpenAsync(repository, repository.OpenRoute(rights: AccessRights.ReadOnly));
        await session.SendAsync(Rig.Post("host1", Blob.Random(900_000)));
        await session.CutAsync();

        await Task.Delay(4 * drain);

        Assert.Equal(0, repository.Metrics["connections.ended/not-drained"]);
        await session.ResumeAsync();
        Assert.StartsWith("HTTP/1.1 403 ", await Raw.ReadHeadAsync(session.Http), StringComparison.Ordinal);
        await Wait.ForAsync(() => repository.Metrics["connections.ended/not-drained"] == 1, "what never comes is not waited for");
    }

    [Fact]
    public async Task Upload_WhenItIsRefusedAndNotEnded_EndsTheSession()
    {
        var time = new ShiftedTimeProvider();
        await using var repository = await Rig.StartAsync(o => o with { DrainTimeout = TimeSpan.FromSeconds(5) }, time);
        await using var session = await TestSession.OpenAsync(repository, repository.OpenRoute(rights: AccessRights.ReadOnly));
        var blob = Blob.Random(900_000);
        await session.SendAsync(Rig.Post("host1", blob));
        Assert.StartsWith("HTTP/1.1 403 ", await Raw.ReadHeadAsync(session.Http), StringComparison.Ordinal);
        await Rig.AssertNothingIsLeftAsync(repository, "stalled");
        await repository.Metrics.UntilAsync("connections.ended/not-drained", 1);
    }
}
