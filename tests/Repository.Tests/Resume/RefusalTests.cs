using System.Security.Cryptography;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Resume;
using Headgate.Repository.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>Legs that are refused: each in words, counted by its reason, and without harm to the session that it was after.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("tenant", RefusalCode.NotYours, "not-yours")]
    [InlineData("connector", RefusalCode.NotYours, "not-yours")]
    [InlineData("route", RefusalCode.NotYours, "not-yours")]
    [InlineData("secret", RefusalCode.BadMac, "bad-mac")]
    [InlineData("id", RefusalCode.UnknownSession, "unknown-session")]
    [InlineData("epoch", RefusalCode.WrongEpoch, "wrong-epoch")]
    public async Task Resume_WhenItIsNotTheSessionsOwner_IsRefusedAndHarmsNothing(string kind, RefusalCode code, string reason)
    {
        await using var repository = await Rig.StartAsync();
        await using var victim = await TestSession.OpenAsync(repository);
        var blob = await Rig.BeginUploadAsync(victim);
        var (route, identity) = kind switch
        {
            "tenant" => (repository.OpenRoute("other"), repository.Connector("other/host1")),
            "connector" => (victim.Route, repository.Connector("acme/host2")),
            "route" => (repository.OpenRoute(), victim.Identity),
            _ => (victim.Route, victim.Identity),
        };
        await using var leg = await TestLeg.DialAsync(repository, route, identity);

        await leg.Tls.WriteAsync(RawFrames.OfResume(
            TestSession.Binding(route, identity),
            RandomNumberGenerator.GetBytes(32),
            kind == "id" ? victim.Session.Id ^ 1 : victim.Session.Id,
            kind == "epoch" ? victim.Session.Epoch ^ 1 : victim.Session.Epoch,
            leg: 1_000_000));
        var (answer, sentence) = await RawFrames.ReadRefusalAsync(leg.Tls);

        Assert.Equal(code, answer);
        Assert.NotEmpty(sentence);
        Assert.True(await Raw.IsEndedAsync(leg.Tls));
        await repository.Metrics.UntilAsync("sessions.refused/" + reason, 1);
        await Rig.EndUploadAsync(victim, blob);
        Assert.Equal(1, victim.Session.Legs);

        // Nor is its number used up, or its place taken.
        await victim.CutAsync();
        await victim.ResumeAsync();
        Assert.StartsWith("HTTP/1.1 200 ", await victim.AskAsync("HEAD /host1/data/" + blob.Name), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_WhenTheRepositoryWasRestarted_IsRefusedInWords()
    {
        await using var repository = await Rig.StartAsync();
        await using var session = await TestSession.OpenAsync(repository);
        var grant = repository.Book.Grant(session.Route)!;
        await Rig.BeginUploadAsync(session);
        await session.CutAsync();

        await repository.RestartAsync();
        repository.Apply(EdgeEventKinds.GrantOpened, grant);

        var refused = await Assert.ThrowsAsync<ResumeRefusedException>(() => session.ResumeAsync());
        Assert.Equal(RefusalCode.WrongEpoch, refused.Code);
        Assert.Contains("was restarted", refused.Message, StringComparison.Ordinal);
        Assert.True(refused.IsFinal);
        await repository.Metrics.UntilAsync("sessions.refused/wrong-epoch", 1);
        Assert.Empty(repository.TemporaryFiles());
    }

    [Fact]
    public async Task Open_WhenTheRouteIsAnotherConnectors_IsRefusedInWords()
    {
        await using var repository = await Rig.StartAsync();
        var refused = await Assert.ThrowsAsync<ResumeRefusedException>(
            () => TestSession.OpenAsync(repository, repository.OpenRoute(), repository.Connector("acme/host2")));
        Assert.Equal(RefusalCode.NotYours, refused.Code);
        Assert.Contains("another connector", refused.Message, StringComparison.Ordinal);
        await repository.Metrics.UntilAsync("sessions.refused/not-yours", 1);
        Assert.Equal(0, repository.Metrics["sessions.active"]);
    }

    [Fact]
    public async Task Open_WhenTheTenantHasAsManyAsItMay_IsRefusedUntilOneEnds()
    {
        await using var repository = await Rig.StartAsync(o => o with { MaxSessionsPerTenant = 2 });
        await using var first = await TestSession.OpenAsync(repository);
        await using var second = await TestSession.OpenAsync(repository);
        await second.CutAsync();

        var refused = await Assert.ThrowsAsync<ResumeRefusedException>(() => TestSession.OpenAsync(repository));

        Assert.Equal(RefusalCode.TooManySessions, refused.Code);
        Assert.Contains("has 2 resumable streams", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--sessions-per-tenant", refused.Message, StringComparison.Ordinal);
        await repository.Metrics.UntilAsync("sessions.refused/too-many-sessions", 1);
        await using (await TestSession.OpenAsync(repository, repository.OpenRoute("other"), repository.Connector("other/host1")))
        {
            // Another tenant has places of its own.
        }

        Assert.Equal(SessionEndKind.Completed, (await first.CloseAsync()).Kind);
        await Wait.ForAsync(() => repository.Metrics["sessions.ended/completed"] == 1, $"it ended, seen {repository.Metrics}");
        await using var third = await TestSession.OpenAsync(repository);
        Assert.StartsWith("HTTP/1.1 404 ", await third.AskAsync("HEAD /config"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WhenTheHostHasNoRoom_IsRefusedInWords()
    {
        await using var repository = await Rig.StartAsync(o => o with { SessionBytes = 1 << 20 });
        var sessions = new List<TestSession>();
        try
        {
            for (var i = 0; i < 4; i++)
            {
                sessions.Add(await TestSession.OpenAsync(repository, repository.OpenRoute("t" + i), repository.Connector($"t{i}/host1")));
            }

            var refused = await Assert.ThrowsAsync<ResumeRefusedException>(() => TestSession.OpenAsync(repository));
            Assert.Equal(RefusalCode.NoRoom, refused.Code);
            Assert.Contains("holds 4 resumable streams", refused.Message, StringComparison.Ordinal);
            await repository.Metrics.UntilAsync("sessions.refused/no-room", 1);
            Assert.Equal(4, repository.Metrics["sessions.active"]);
        }
        finally
        {
            foreach (var session in sessions)
            {
                await session.DisposeAsync();
            }
        }
    }

    [Theory]
    [InlineData(new byte[] { 6, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 99, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 255, 255, 255 })]
    [InlineData(new byte[] { 3, 0, 0, 2, 1, 1 })]
    public async Task Hello_WhenItIsNone_IsCountedAndClosed(byte[] frame)
    {
        await using var repository = await Rig.StartAsync();
        await using var leg = await TestLeg.DialAsync(repository, repository.OpenRoute(), repository.Connector());
        await leg.Tls.WriteAsync(frame);
        Assert.True(await Raw.IsEndedAsync(leg.Tls));
        await Wait.ForAsync(() => repository.Metrics["sessions.refused/hello-malformed"] == 1, $"it is counted, seen {repository.Metrics}");
        Assert.Equal(0, repository.Metrics["connections.refused/handshake-failed"]);
        Assert.Equal(0, repository.Metrics["sessions.active"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task Hello_WhenItDoesNotComeWhole_IsClosedAfterItsTime(int bytes)
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var repository = await Rig.StartAsync(time: time);
        await using var leg = await TestLeg.DialAsync(repository, repository.OpenRoute(), repository.Connector());
        await leg.Tls.WriteAsync(new byte[] { 1, 0, 0, 20, 1 }.AsMemory(0, bytes));
        var ended = Raw.IsEndedAsync(leg.Tls);
        while (!ended.IsCompleted)
        {
            // Until the middleware waits no timer is there to fire.
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(ended, Task.Delay(20));
        }

        Assert.True(await ended);
        await Wait.ForAsync(() => repository.Metrics["sessions.refused/hello-late"] == 1, $"it is counted, seen {repository.Metrics}");
    }

    [Fact]
    public void Reasons_WhenCounted_KeepTheirNames()
    {
        Assert.Equal(
            ["hello-late", "hello-malformed", "peer-gone", "version", "unknown-session", "wrong-epoch", "not-yours", "bad-mac", "old-leg", "offset", "hash",
             "too-many-sessions", "no-room", "ended"],
            Enum.GetNames<SessionRefusal>().Select(Words.Kebab));
        Assert.All(Enum.GetNames<RefusalCode>(), name => Assert.True(Enum.TryParse<SessionRefusal>(name, out _), name));
    }
}
