using Headgate.Protocol.Resume;
using Headgate.Repository.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>Sessions that are over are remembered; sessions that nobody can come back to are not held.</summary>
public sealed class ForsakenTests
{
    [Fact]
    public async Task Open_WhenOpenedWasLostAndTheStreamIsAskedForAgain_GivesTheFirstPlaceBack()
    {
        await using var repository = await Rig.StartAsync();
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        await using var lost = await TestSession.OpenAsync(repository, route, identity, stream: 7);
        await using var neighbour = await TestSession.OpenAsync(repository, route, identity, stream: 8);
        await lost.CutAsync();
        Assert.Equal(2, repository.Metrics["sessions.active"]);

        await using var again = await TestSession.OpenAsync(repository, route, identity, stream: 7);

        await Wait.ForAsync(() => repository.Metrics["connections.ended/unclaimed"] == 1, $"its place is given back, seen {repository.Metrics}");
        await Wait.ForAsync(() => repository.Metrics["sessions.active"] == 2, $"two are left, seen {repository.Metrics}");
        Assert.StartsWith("HTTP/1.1 404 ", await again.AskAsync("HEAD /config"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", await neighbour.AskAsync("HEAD /config"), StringComparison.Ordinal);
        Assert.Equal(0, repository.Metrics["sessions.suspended"]);
    }

    [Fact]
    public async Task Tool_WhenItIsGoneWhileItsConnectorIsThere_HoldsItsPlaceThreeMinutes()
    {
        var time = new ShiftedTimeProvider();
        await using var repository = await Rig.StartAsync(time: time);
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        await using var gone = await TestSession.OpenAsync(repository, route, identity, stream: 1);
        await Rig.BeginUploadAsync(gone);
        await using var silent = await TestSession.OpenAsync(repository, route, identity, stream: 2);
        await using var there = await TestSession.OpenAsync(repository, route, identity, stream: 3);
        await gone.CutAsync();
        await silent.CutAsync();

        for (var seconds = 25; seconds <= 200; seconds += 25)
        {
            time.Shift = TimeSpan.FromSeconds(seconds);
            Assert.StartsWith("HTTP/1.1 404 ", await there.AskAsync("HEAD /config"), StringComparison.Ordinal);
            if (seconds == 100)
            {
                await Wait.ForAsync(() => repository.Metrics["connections.ended/unclaimed"] == 1, $"the one without a byte goes first, seen {repository.Metrics}");
                await Wait.ForAsync(() => repository.Metrics["sessions.active"] == 2, $"and no other, seen {repository.Metrics}");
            }
        }

        await Wait.ForAsync(() => repository.Metrics["connections.ended/abandoned"] == 1, $"the place is given back, seen {repository.Metrics}");
        await Wait.ForAsync(() => !repository.TemporaryFiles().Any() && repository.Ledger("acme").Reserved == 0, "and what it held");
        await Wait.ForAsync(() => repository.Metrics["sessions.active"] == 1, $"one is left, seen {repository.Metrics}");
        var refused = await Assert.ThrowsAsync<ResumeRefusedException>(() => gone.ResumeAsync());
        Assert.Equal(RefusalCode.Ended, refused.Code);
        Assert.Contains("its connector was here on other streams", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connector_WhenItIsAway_KeepsItsPlacesForTheWholeWait()
    {
        var time = new ShiftedTimeProvider();
        await using var repository = await Rig.StartAsync(time: time);
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        await using var first = await TestSession.OpenAsync(repository, route, identity, stream: 1);
        await using var second = await TestSession.OpenAsync(repository, route, identity, stream: 2);
        await using var elsewhere = await TestSession.OpenAsync(repository);
        var blob = await Rig.BeginUploadAsync(first);
        await first.CutAsync();
        await second.CutAsync();

        for (var seconds = 45; seconds < 585; seconds += 30)
        {
            // Another route of the same connector says nothing about this one.
            time.Shift = TimeSpan.FromSeconds(seconds);
            Assert.StartsWith("HTTP/1.1 404 ", await elsewhere.AskAsync("HEAD /config"), StringComparison.Ordinal);
            Rig.Table(repository).EndForsaken();
        }

        Assert.Equal(3, repository.Metrics["sessions.active"]);
        await first.ResumeAsync();
        await second.ResumeAsync();
        await Rig.EndUploadAsync(first, blob);
    }

    [Fact]
    public async Task LastAcknowledgement_WhenItIsLost_HoldsThePlaceAMinuteAndNotTheWholeWait()
    {
        const string Request = "HEAD /config HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var repository = await Rig.StartAsync(time: time);
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        TestLeg? leg = null;
        await using var peer = await RawPeer.OpenAsync(async () => (leg = await TestLeg.DialAsync(repository, route, identity)).Tls, route, identity);
        await peer.WriteAsync(RawFrames.OfData(0, Request), RawFrames.OfNumber(RawFrames.Fin, Request.Length));
        await peer.ReadUntilAsync(RawFrames.Fin);
        await peer.WriteAsync(RawFrames.OfAck(peer.Received), RawFrames.OfNumber(RawFrames.Ping, 1));
        await peer.ReadUntilAsync(RawFrames.Pong);

        // The acknowledgement of FIN itself is what does not arrive.
        leg!.Cut();
        await Wait.ForAsync(() => repository.Metrics["sessions.suspended"] == 1, $"the session waits, seen {repository.Metrics}");
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, repository.Metrics["sessions.active"]);
        time.Advance(TimeSpan.FromSeconds(2));

        await Rig.AssertNothingIsLeftAsync(repository, "completed");
        await using var late = await TestLeg.DialAsync(repository, route, identity);
        await late.Tls.WriteAsync(peer.Resume(2));
        Assert.Equal((RefusalCode.Ended, "This stream was complete and has ended."), await RawFrames.ReadRefusalAsync(late.Tls));
    }

    [Fact]
    public async Task Resume_WhenTheSessionIsOver_SaysHowItEndedToItsOwnConnectorAlone()
    {
        var time = new ShiftedTimeProvider();
        await using var repository = await Rig.StartAsync(time: time);
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        await using var session = await TestSession.OpenAsync(repository, route, identity);
        Assert.StartsWith("HTTP/1.1 404 ", await session.AskAsync("HEAD /config"), StringComparison.Ordinal);
        Assert.Equal(SessionEndKind.Completed, (await session.CloseAsync()).Kind);
        await Wait.ForAsync(() => repository.Metrics["sessions.ended/completed"] == 1, "it is over");
        var other = repository.OpenRoute();

        Assert.Equal((RefusalCode.Ended, "This stream was complete and has ended."), await AskAsync(route));
        Assert.Equal(RefusalCode.UnknownSession, (await AskAsync(other)).Code);
        await repository.Metrics.UntilAsync("sessions.refused/ended", 1);
        await repository.Metrics.UntilAsync("sessions.refused/unknown-session", 1);

        // As long as a session waits, and no longer.
        Assert.Equal(1, Rig.Table(repository).Ended.Count);
        time.Shift = TimeSpan.FromMinutes(21);
        Assert.Equal(0, Rig.Table(repository).Ended.Count);
        repository.Book.Heard();
        Assert.Equal(RefusalCode.UnknownSession, (await AskAsync(route)).Code);

        async Task<(RefusalCode Code, string Sentence)> AskAsync(string name)
        {
            await using var leg = await TestLeg.DialAsync(repository, name, identity);
            await leg.Tls.WriteAsync(RawFrames.OfResume(TestSession.Binding(name, identity), new byte[32], session.Session.Id, session.Session.Epoch, 2));
            return await RawFrames.ReadRefusalAsync(leg.Tls);
        }
    }

    [Fact]
    public void Ended_WhenThereAreTooMany_ForgetsTheOldest()
    {
        var ended = new EndedSessions(TimeSpan.FromMinutes(20), new ManualTimeProvider());
        var owner = new ResumeBinding("acme", "host1", "repo1", "r");
        var over = new SessionEnd(SessionEndKind.ResetByUs, ResumeFault.DataGap, "Bytes are missing.");
        for (var i = 0; i <= EndedSessions.Most; i++)
        {
            ended.Add((UInt128)i, owner, over);
        }

        Assert.Equal(EndedSessions.Most, ended.Count);
        Assert.False(ended.TryFind(0, owner, out _));
        Assert.True(ended.TryFind(EndedSessions.Most, owner, out var sentence));
        Assert.Equal("This stream has ended: Bytes are missing. Send again what was under way.", sentence);
        Assert.False(ended.TryFind(1, owner with { Tenant = "other" }, out _));
    }
}
