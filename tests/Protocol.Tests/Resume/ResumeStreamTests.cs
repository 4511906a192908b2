using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

public sealed class ResumeStreamTests
{
    [Fact]
    public async Task Run_WithoutTrouble_CarriesBothDirectionsAndCompletes()
    {
        await using var pair = await SessionPair.OpenAsync();
        var (up, down) = (Streams.Bytes(5_000_000, 1), Streams.Bytes(3_000_001, 2));

        await ExchangeAsync(pair, up, down);

        Assert.Equal(LegEnd.Completed, await pair.ClientRun.WaitAsync(SessionPair.Deadline));
        Assert.Equal(LegEnd.Completed, await pair.ServerRun.WaitAsync(SessionPair.Deadline));
        Assert.Equal(SessionEndKind.Completed, (await pair.Client.Ended).Kind);
        Assert.Equal(SessionEndKind.Completed, (await pair.Server.Ended).Kind);
        Assert.Equal((up.Length, up.Length, down.Length), (pair.Client.Sent, pair.Client.Acknowledged, pair.Client.Received));
        Assert.Equal((1, 0), (pair.Client.Legs, pair.Client.Gaps.Count));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Run_WhenLegsAreCutAnywhere_CarriesTheSameBytes(int seed)
    {
        var random = new Random(seed);
        await using var pair = await SessionPair.OpenAsync(cable: new Cable(random.Next(300, 200_000), random.Next(300, 200_000)));
        var (up, down) = (Streams.Bytes(3_000_000, seed), Streams.Bytes(2_000_000, seed + 100));
        var exchange = ExchangeAsync(pair, up, down);
        while (!pair.Client.Ended.IsCompleted)
        {
            var end = await pair.ClientRun.WaitAsync(SessionPair.Deadline);
            if (end == LegEnd.Completed)
            {
                break;
            }

            Assert.Equal(LegEnd.Lost, end);
            while (!pair.Client.Ended.IsCompleted && !await TryResumeAsync(pair, new Cable(random.Next(1, 400_000), random.Next(1, 400_000))))
            {
            }
        }

        await exchange.WaitAsync(SessionPair.Deadline);
        Assert.Equal(SessionEndKind.Completed, (await pair.Client.Ended).Kind);
        Assert.True(pair.Client.Legs > 5, $"Only {pair.Client.Legs} legs.");
        Assert.Equal(pair.Client.Legs - 1, pair.Client.Gaps.Count);
    }

    /// <summary>A leg ends after each byte of a short exchange in turn: within each frame and at each border between two.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_WhenTheLegIsCutAfterEachByte_GoesOn(bool fromClient)
    {
        var (up, down) = (Streams.Bytes(40, 1), Streams.Bytes(30, 2));
        for (var cut = fromClient ? 22 : 66; cut < 200; cut++)
        {
            await using var pair = await SessionPair.OpenAsync(cable: fromClient ? new Cable(cutUp: cut) : new Cable(cutDown: cut));
            var exchange = ExchangeAsync(pair, up, down, pieces: 3);
            if (await pair.ClientRun.WaitAsync(SessionPair.Deadline) != LegEnd.Completed)
            {
                await TryResumeAsync(pair, new Cable());
            }

            await exchange.WaitAsync(SessionPair.Deadline);
            Assert.Equal(SessionEndKind.Completed, (await pair.Client.Ended.WaitAsync(SessionPair.Deadline)).Kind);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Complete_OfOneDirection_LeavesTheOtherOpen(bool clientFirst)
    {
        await using var pair = await SessionPair.OpenAsync();
        var (first, second) = clientFirst ? (pair.Client, pair.Server) : (pair.Server, pair.Client);

        await first.Application.Output.WriteAsync(Streams.Bytes(1000, 1));
        await first.Application.Output.CompleteAsync();
        Assert.Equal(Streams.Hash(Streams.Bytes(1000, 1)), await Streams.HashAllAsync(second.Application.Input).WaitAsync(SessionPair.Deadline));
        Assert.False(first.Ended.IsCompleted || second.Ended.IsCompleted);

        // More than may be on its way to a reader that does not read.
        var writing = second.Application.Output.WriteAsync(Streams.Bytes(500_000, 2)).AsTask();
        await pair.ResumeAsync();
        var reading = Streams.HashAllAsync(first.Application.Input);
        await writing.WaitAsync(SessionPair.Deadline);
        await second.Application.Output.CompleteAsync();
        Assert.Equal(Streams.Hash(Streams.Bytes(500_000, 2)), await reading.WaitAsync(SessionPair.Deadline));
        Assert.Equal(SessionEndKind.Completed, (await first.Ended.WaitAsync(SessionPair.Deadline)).Kind);
        Assert.Equal(SessionEndKind.Completed, (await second.Ended.WaitAsync(SessionPair.Deadline)).Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Complete_WithAnException_ResetsTheOtherEnd(bool byClient)
    {
        await using var pair = await SessionPair.OpenAsync();
        var (us, peer) = byClient ? (pair.Client, pair.Server) : (pair.Server, pair.Client);

        await us.Application.Output.CompleteAsync(new IOException("The tool reset its connection."));

        Assert.Equal((SessionEndKind.ResetByUs, ResumeFault.ApplicationReset), Of(await us.Ended.WaitAsync(SessionPair.Deadline)));
        Assert.Equal((SessionEndKind.ResetByPeer, ResumeFault.ApplicationReset), Of(await peer.Ended.WaitAsync(SessionPair.Deadline)));
        await Assert.ThrowsAsync<ResumeResetException>(async () => await peer.Application.Input.ReadAsync());
        await Assert.ThrowsAsync<ResumeResetException>(async () => await peer.Application.Output.WriteAsync(new byte[1]));
        Assert.Equal(LegEnd.Reset, await pair.ClientRun.WaitAsync(SessionPair.Deadline));
        Assert.Equal(LegEnd.Reset, await pair.ServerRun.WaitAsync(SessionPair.Deadline));
    }

    [Fact]
    public async Task Abort_WhileSuspended_EndsAtOnce()
    {
        await using var pair = await SessionPair.OpenAsync();
        pair.Cable.Cut();
        Assert.Equal(LegEnd.Lost, await pair.ServerRun.WaitAsync(SessionPair.Deadline));

        pair.Server.Abort(ResumeFault.Revoked);

        Assert.Equal((SessionEndKind.ResetByUs, ResumeFault.Revoked), Of(await pair.Server.Ended.WaitAsync(SessionPair.Deadline)));
        await pair.ClientRun.WaitAsync(SessionPair.Deadline);
        var refusal = await Assert.ThrowsAsync<ResumeRefusedException>(() => pair.ResumeAsync());
        Assert.Equal((RefusalCode.Ended, true), (refusal.Code, refusal.IsFinal));
        Assert.Equal(SessionEndKind.ResetByPeer, (await pair.Client.Ended.WaitAsync(SessionPair.Deadline)).Kind);
    }

    internal static (SessionEndKind Kind, ResumeFault Fault) Of(SessionEnd end) => (end.Kind, end.Fault);

    /// <summary>Sends both ways and compares what arrives.</summary>
    private static async Task ExchangeAsync(SessionPair pair, byte[] up, byte[] down, int pieces = 0)
    {
        var sending = Task.WhenAll(
            Task.Run(() => Streams.WriteAllAsync(pair.Client.Application.Output, up, pieces + 1)),
            Task.Run(() => Streams.WriteAllAsync(pair.Server.Application.Output, down, pieces + 2)));
        var received = await Task.WhenAll(
            Task.Run(() => Streams.HashAllAsync(pair.Server.Application.Input)),
            Task.Run(() => Streams.HashAllAsync(pair.Client.Application.Input)));
        await sending;
        Assert.Equal([Streams.Hash(up), Streams.Hash(down)], received);
    }

    private static async Task<bool> TryResumeAsync(SessionPair pair, Cable cable)
    {
        try
        {
            return await pair.ResumeAsync(cable);
        }
        catch (ResumeRefusedException refusal) when (refusal.Code == RefusalCode.Ended)
        {
            // The server has all and forgot the session; the client knows that too.
            return true;
        }
        catch (ResumeResetException)
        {
            return true;
        }
    }
}
