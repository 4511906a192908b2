using Headgate.Protocol.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>Frames that cannot be end their session, by a reason that is told and counted, and nothing else.</summary>
public sealed class BadInputTests
{
    [Fact]
    public async Task Session_WhenItsPeerBreaksTheProtocol_EndsForThatReasonAlone()
    {
        await using var repository = await Rig.StartAsync();
        repository.SetQuota("other", 1L << 30);
        var (theirs, them) = (repository.OpenRoute("other"), repository.Connector("other/host1"));
        await using var bystander = await Bystander.BeginAsync((await TestLeg.DialAsync(repository, theirs, them)).Tls, theirs, them);
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        var counted = new Dictionary<string, long>();
        foreach (var (name, fault, act) in BadInput.All)
        {
            await using var peer = await RawPeer.OpenAsync(async () => (await TestLeg.DialAsync(repository, route, identity)).Tls, route, identity);
            await act(peer);
            if (fault is not (ResumeFault.OffsetOutside or ResumeFault.HashMismatch))
            {
                var (told, sentence) = await peer.ReadResetAsync();
                Assert.True(told == fault && sentence.Length > 10, $"{name}: {told} {sentence}");
            }

            var reason = BadInput.Reason(fault);
            counted[reason] = counted.GetValueOrDefault(reason) + 1;
            await Wait.ForAsync(
                () => repository.Metrics["sessions.ended/" + reason] == counted[reason], $"{name} is counted as {reason}, seen {repository.Metrics}");
            await Wait.ForAsync(() => repository.Metrics["sessions.active"] == 1, $"{name}: the bystander's is left, seen {repository.Metrics}");
            await bystander.GoesOnAsync();
        }

        Assert.Equal(1, Rig.Table(repository).Count);
        Assert.DoesNotContain(repository.Log.All, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(11)]
    [InlineData(50)]
    public async Task Frame_WhenItsLegIsCutInTheMidstOfIt_GoesOnOnTheNextWithWhatCame(int bytes)
    {
        const string Head = "HEAD /config HTTP/1.1\r\nHost: x\r\nX-Long: 0123456789012345678901234567890123456789\r\n\r\n";
        await using var repository = await Rig.StartAsync();
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        TestLeg? leg = null;
        await using var peer = await RawPeer.OpenAsync(async () => (leg = await TestLeg.DialAsync(repository, route, identity)).Tls, route, identity);
        await peer.WriteAsync(RawFrames.OfData(0, Head)[..bytes]);

        // Four of length and type and eight of the offset are not the stream's.
        var came = Math.Max(0, bytes - 12);
        await Wait.ForAsync(() => Rig.Only(repository).Session.Received == came, "what came is taken over");
        leg!.Cut();
        await Wait.ForAsync(() => repository.Metrics["sessions.suspended"] == 1, $"the session waits, seen {repository.Metrics}");

        await peer.DialAsync();
        await peer.WriteAsync(peer.Resume(2));
        var (type, payload) = await RawFrames.ReadAsync(peer.Tls);
        Assert.Equal((RawFrames.Resumed, came), (type, payload[11]));
        await peer.WriteAsync(RawFrames.OfData(came, Head[came..]));
        Assert.StartsWith("HTTP/1.1 404 ", await peer.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(1, repository.Metrics["sessions.active"]);
    }

    [Fact]
    public async Task Resume_WhenItIsReplayed_IsAnOldLegAndHarmsNothing()
    {
        await using var repository = await Rig.StartAsync();
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        await using var peer = await RawPeer.OpenAsync(async () => (await TestLeg.DialAsync(repository, route, identity)).Tls, route, identity);
        await peer.DialAsync();
        var recorded = peer.Resume(2);
        await peer.WriteAsync(recorded);
        Assert.Equal(RawFrames.Resumed, (await RawFrames.ReadAsync(peer.Tls)).Type);

        await using var other = await TestLeg.DialAsync(repository, route, identity);
        await other.Tls.WriteAsync(recorded);
        var (code, sentence) = await RawFrames.ReadRefusalAsync(other.Tls);

        Assert.Equal(RefusalCode.OldLeg, code);
        Assert.NotEmpty(sentence);
        await repository.Metrics.UntilAsync("sessions.refused/old-leg", 1);
        await peer.WriteAsync(RawFrames.OfData(0, "HEAD /config HTTP/1.1\r\nHost: x\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 404 ", await peer.ReadHeadAsync(), StringComparison.Ordinal);
    }
}
