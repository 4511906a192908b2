using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

/// <summary>What happens because time passes; it passes when the test says so.</summary>
public sealed class ResumeTimeTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Run_WhenIdle_AsksAfterFifteenSecondsAndStaysWhenAnswered()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: false, time: _time);
        for (var round = 0; round < 3; round++)
        {
            _time.Advance(TimeSpan.FromSeconds(15.5));
            var ping = await peer.ReadAsync(Frames.Ping);
            await peer.SendAsync(ScriptedPeer.Frame(Frames.Pong, ping));
            await SyncAsync(peer);
        }

        Assert.False(peer.Run.IsCompleted);
    }

    [Fact]
    public async Task Run_WhenIdleAndNotAnswered_IsSilent()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: false, time: _time);
        _time.Advance(TimeSpan.FromSeconds(15.5));
        await peer.ReadAsync(Frames.Ping);

        _time.Advance(TimeSpan.FromSeconds(1.25));

        Assert.Equal(LegEnd.Silent, await peer.Run.WaitAsync(SessionPair.Deadline));
        Assert.False(peer.Session.Ended.IsCompleted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_WhenAnAnswerIsDue_AsksAfterTheSilenceAndGivesUpAfterAnother(bool acknowledged)
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: false, time: _time);
        _time.Advance(TimeSpan.FromSeconds(10));
        await peer.Session.Application.Output.WriteAsync(new byte[10]);
        await peer.ReadAsync(Frames.Data);
        if (acknowledged)
        {
            await peer.SendAsync(ScriptedPeer.Ack(10));
            await SyncAsync(peer);
        }

        _time.Advance(TimeSpan.FromSeconds(1.5));
        await peer.ReadAsync(Frames.Ping);
        Assert.False(peer.Run.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1.25));
        Assert.Equal(LegEnd.Silent, await peer.Run.WaitAsync(SessionPair.Deadline));
    }

    [Fact]
    public async Task Run_AfterALegThatBroughtNothing_BearsTwiceTheSilence()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: false, time: _time);
        await peer.Session.Application.Output.WriteAsync(new byte[10]);
        foreach (var patience in (int[])[1, 2, 4, 8, 8])
        {
            await peer.ReadAsync(Frames.Data);
            _time.Advance(TimeSpan.FromSeconds(1.25 * patience));
            await peer.ReadAsync(Frames.Ping);
            _time.Advance(TimeSpan.FromSeconds(0.5 * patience));
            Assert.False(peer.Run.IsCompleted);
            _time.Advance(TimeSpan.FromSeconds(0.75 * patience));
            Assert.Equal(LegEnd.Silent, await peer.Run.WaitAsync(SessionPair.Deadline));
            await peer.ResumeAsync(hello => HelloFrames.WriteResumed(peer.Secret, SessionPair.Binding, hello.Leg, 0, StreamHash.Create().Value));
        }
    }

    [Fact]
    public async Task Run_WhenTheApplicationIsBehind_DoesNotTakeThatForSilence()
    {
        await using var pair = await SessionPair.OpenAsync(time: _time);
        var writing = pair.Server.Application.Output.WriteAsync(new byte[2_000_000]).AsTask();
        await Wait.UntilAsync(() => pair.Client.Received > 256 * 1024);

        for (var second = 0; second < 30; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(pair.ClientRun.IsCompleted);
        await Streams.ReadAsync(pair.Client.Application.Input, 2_000_000);
        await writing.WaitAsync(SessionPair.Deadline);
    }

    [Fact]
    public async Task Receive_WhenTheApplicationIsBehind_RepeatsItsAcknowledgement()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true, time: _time);
        for (var offset = 0; offset < 320_000; offset += 64_000)
        {
            await peer.SendDataAsync(offset, new byte[64_000]);
        }

        await Wait.UntilAsync(() => peer.Session.Received > 256 * 1024);
        for (var ack = 0; ack < 5; ack++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await peer.ReadAsync(Frames.Ack);
        }
    }

    [Fact]
    public async Task Receive_OfFewBytes_IsAcknowledgedWithin50Milliseconds()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true, time: _time);
        await peer.SendDataAsync(0, [1, 2, 3]);
        await Wait.UntilAsync(() => peer.Session.Received == 3);
        await Wait.UntilAsync(() => _time.NextIn <= TimeSpan.FromMilliseconds(50));
        _time.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Equal([.. ScriptedPeer.Number(3), 0], await peer.ReadAsync(Frames.Ack));
    }

    [Fact]
    public async Task Session_WhenNoLegComes_ExpiresAndHoldsNothing()
    {
        await using var pair = await SessionPair.OpenAsync(new ResumeLimits { Wait = TimeSpan.FromMinutes(20) }, _time);
        await pair.Client.Application.Output.WriteAsync(new byte[100_000]);
        pair.Cable.Cut();
        await Task.WhenAll(pair.ClientRun, pair.ServerRun).WaitAsync(SessionPair.Deadline);

        _time.Advance(TimeSpan.FromMinutes(19.9));
        Assert.False(pair.Client.Ended.IsCompleted || pair.Server.Ended.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(0.2));

        Assert.Equal(SessionEndKind.Expired, (await pair.Client.Ended.WaitAsync(SessionPair.Deadline)).Kind);
        Assert.Equal(SessionEndKind.Expired, (await pair.Server.Ended.WaitAsync(SessionPair.Deadline)).Kind);
        Assert.Equal(0, pair.Budget.Held);
        await Assert.ThrowsAsync<ResumeResetException>(() => pair.ResumeAsync());
    }

    [Fact]
    public async Task Session_OfAServerThatHearsNothing_ExpiresWithItsLeg()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true, time: _time);
        _time.Advance(TimeSpan.FromMinutes(10));
        await SyncAsync(peer);
        _time.Advance(TimeSpan.FromMinutes(19));
        Assert.False(peer.Session.Ended.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(2));
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(SessionEndKind.Expired, (await peer.Session.Ended.WaitAsync(SessionPair.Deadline)).Kind);
    }

    /// <summary>Both have said all, and the leg is lost with the last acknowledgement: whoever misses it does not hold the session for as long as one that has more to say.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Session_WhenOnlyTheLastAcknowledgementIsLost_EndsSoon(bool asClient, bool isAllAcknowledged)
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient, time: _time);
        await peer.Session.Application.Output.WriteAsync(new byte[10]);
        await peer.Session.Application.Output.CompleteAsync();
        await peer.ReadAsync(Frames.Fin);
        await peer.SendAsync(ScriptedPeer.Ack(isAllAcknowledged ? 10 : 9));
        await peer.SendAsync(ScriptedPeer.Fin(0));
        await peer.ReadAsync(Frames.Ack);
        peer.Cable.Cut();
        Assert.Equal(LegEnd.Lost, await peer.Run.WaitAsync(SessionPair.Deadline));

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(peer.Session.Ended.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(isAllAcknowledged, peer.Session.Ended.IsCompleted);

        // Bytes that the peer may not have are kept for it as long as any others.
        _time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(isAllAcknowledged ? SessionEndKind.Completed : SessionEndKind.Expired, (await peer.Session.Ended.WaitAsync(SessionPair.Deadline)).Kind);
    }

    /// <summary>A clock that is set an hour on or back changes nothing: only elapsed time counts, on either side.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Session_WhenTheClockIsSet_GoesOnAsBefore(int hours)
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: false, time: _time);
        await using var pair = await SessionPair.OpenAsync(new ResumeLimits { Wait = TimeSpan.FromMinutes(20) }, _time);
        _time.SetClock(_time.GetUtcNow() + TimeSpan.FromHours(hours));
        _time.Advance(TimeSpan.FromSeconds(14));
        await pair.Client.Application.Output.WriteAsync(new byte[100]);
        await Streams.ReadAsync(pair.Server.Application.Input, 100);
        Assert.False(peer.Run.IsCompleted || pair.ClientRun.IsCompleted || pair.ServerRun.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(1.5));
        await peer.ReadAsync(Frames.Ping);
        Assert.False(peer.Run.IsCompleted);

        pair.Cable.Cut();
        await Task.WhenAll(pair.ClientRun, pair.ServerRun).WaitAsync(SessionPair.Deadline);
        _time.SetClock(_time.GetUtcNow() + TimeSpan.FromHours(hours));
        _time.Advance(TimeSpan.FromMinutes(19));
        Assert.False(pair.Client.Ended.IsCompleted || pair.Server.Ended.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(SessionEndKind.Expired, (await pair.Client.Ended.WaitAsync(SessionPair.Deadline)).Kind);
        Assert.Equal(SessionEndKind.Expired, (await pair.Server.Ended.WaitAsync(SessionPair.Deadline)).Kind);
    }

    /// <summary>The peer is well, answers and sends, and acknowledges nothing: the buffer fills, the application waits, and in the end that is enough.</summary>
    [Fact]
    public async Task Session_OfAPeerThatNeverAcknowledges_WaitsWithAFullBufferAndIsReset()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true, new ResumeLimits { ReplayBytes = 6 * ReplayBudget.BlockBytes }, _time);
        var writing = peer.Session.Application.Output.WriteAsync(new byte[2_000_000]).AsTask();
        var sent = 0;
        while (sent < 5 * ReplayBudget.BlockBytes)
        {
            sent += (await peer.ReadAsync(Frames.Data)).Length - Frames.OffsetBytes;
        }

        for (var minute = 0; minute < 15; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await SyncAsync(peer);
        }

        Assert.False(writing.IsCompleted || peer.Session.Ended.IsCompleted);
        Assert.Equal(6 * ReplayBudget.BlockBytes, peer.Session.HeldBytes);
        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal((byte)ResumeFault.Stalled, (await peer.ReadAsync(Frames.Reset))[0]);
        Assert.Equal((SessionEndKind.ResetByUs, ResumeFault.Stalled), ResumeStreamTests.Of(await peer.Session.Ended.WaitAsync(SessionPair.Deadline)));
        await Assert.ThrowsAsync<ResumeResetException>(() => writing).WaitAsync(SessionPair.Deadline);
    }

    [Fact]
    public async Task Write_WhenTheBufferIsFull_GoesOnWithEachAcknowledgement()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true, new ResumeLimits { ReplayBytes = 0 }, _time);
        var bytes = Streams.Bytes(1_000_000, 3);
        var writing = Streams.WriteAllAsync(peer.Session.Application.Output, bytes, 1);
        var received = 0;
        while (received < bytes.Length)
        {
            var data = await peer.ReadAsync(Frames.Data);
            Assert.Equal(bytes.AsSpan(received, data.Length - 8), data.AsSpan(8));
            received += data.Length - 8;
            Assert.True(peer.Session.HeldBytes <= ReplayBudget.GuaranteedBlocks * ReplayBudget.BlockBytes);
            await peer.SendAsync(ScriptedPeer.Ack(received));
        }

        await writing.WaitAsync(SessionPair.Deadline);
        await peer.ReadAsync(Frames.Fin);
        await Wait.UntilAsync(() => peer.Session.HeldBytes == 0);
    }

    [Fact]
    public async Task Gaps_AreCountedAndMeasured()
    {
        await using var pair = await SessionPair.OpenAsync(time: _time);
        foreach (var seconds in new[] { 3, 7, 5 })
        {
            pair.Cable.Cut();
            await Task.WhenAll(pair.ClientRun, pair.ServerRun).WaitAsync(SessionPair.Deadline);
            _time.Advance(TimeSpan.FromSeconds(seconds));
            Assert.True(await pair.ResumeAsync());
        }

        var expected = new SessionGaps(3, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(7));
        Assert.Equal((expected, expected), (pair.Client.Gaps, pair.Server.Gaps));
    }

    /// <summary>A round trip, after which the real end has seen all that was sent before.</summary>
    private static async Task SyncAsync(ScriptedPeer peer)
    {
        await peer.SendAsync(ScriptedPeer.Frame(Frames.Ping, ScriptedPeer.Number(99)));
        await peer.ReadAsync(Frames.Pong);
    }
}
