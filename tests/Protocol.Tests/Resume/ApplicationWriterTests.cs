using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

/// <summary>The application writes into the memory that is sent and kept for replay: what it may do with it, and what must never happen to it.</summary>
public sealed class ApplicationWriterTests
{
    [Fact]
    public async Task Advance_MoreThanOnceInOneLoan_KeepsAllOfIt()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true);
        var output = peer.Session.Application.Output;
        var memory = output.GetMemory(6);
        "abcdef"u8.CopyTo(memory.Span);
        output.Advance(2);
        output.Advance(4);
        Assert.Equal(6, output.UnflushedBytes);
        Assert.Equal(0, peer.Session.Sent);
        await output.FlushAsync();

        Assert.Equal(0, output.UnflushedBytes);
        var data = await peer.ReadAsync(Frames.Data);
        Assert.Equal([.. ScriptedPeer.Number(0), .. "abcdef"u8], data);
    }

    [Fact]
    public async Task GetMemory_OfMoreThanAFrame_IsSentInSeveral()
    {
        await using var pair = await SessionPair.OpenAsync();
        var bytes = Streams.Bytes(200_000, 1);
        bytes.CopyTo(pair.Client.Application.Output.GetMemory(bytes.Length));
        pair.Client.Application.Output.Advance(bytes.Length);
        var flushing = pair.Client.Application.Output.FlushAsync();

        Assert.Equal(bytes, await Streams.ReadAsync(pair.Server.Application.Input, bytes.Length));
        await flushing;
    }

    [Fact]
    public async Task GetMemory_OfMuchThatIsThenNotUsed_LeavesNoTrace()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true);
        var output = peer.Session.Application.Output;
        output.GetMemory(100_000);
        "abcdef"u8.CopyTo(output.GetMemory(6).Span);
        output.Advance(6);
        await output.FlushAsync();

        var data = await peer.ReadAsync(Frames.Data);
        Assert.Equal([.. ScriptedPeer.Number(0), .. "abcdef"u8], data);
    }

    [Fact]
    public async Task Advance_BeyondWhatWasLent_IsRefused()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true);
        var output = peer.Session.Application.Output;
        Assert.Throws<ArgumentOutOfRangeException>(() => output.Advance(1));
        var lent = output.GetMemory().Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => output.Advance(lent + 1));
        await output.FlushAsync();
        Assert.Throws<ArgumentOutOfRangeException>(() => output.Advance(1));
        Assert.Equal(0, peer.Session.HeldBytes);
    }

    /// <summary>A socket may still be writing into what was lent when the session is reset: that memory goes to nobody else.</summary>
    [Fact]
    public async Task Abort_WhileMemoryIsLent_DoesNotLendItToOthers()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true);
        var lent = peer.Session.Application.Output.GetMemory();
        Assert.Equal(ReplayBudget.BlockBytes, peer.Session.HeldBytes);
        peer.Cable.Cut();
        await peer.Run.WaitAsync(SessionPair.Deadline);
        peer.Session.Abort(ResumeFault.Cancelled);
        await peer.Session.Ended.WaitAsync(SessionPair.Deadline);
        Assert.Equal(0, peer.Session.HeldBytes);

        var next = peer.Budget.Take();
        Assert.False(lent.Span.Overlaps(next));
        peer.Budget.Return(next, isReusable: true);
    }

    [Fact]
    public async Task Write_AfterTheSessionEnded_GoesNowhereAndSaysSo()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true);
        peer.Session.Abort(ResumeFault.Cancelled);
        await peer.Session.Ended.WaitAsync(SessionPair.Deadline);

        var output = peer.Session.Application.Output;
        output.GetMemory(100).Span.Clear();
        output.Advance(100);
        Assert.Equal(ResumeFault.Cancelled, (await Assert.ThrowsAsync<ResumeResetException>(async () => await output.FlushAsync())).End.Fault);
        Assert.Equal(0, peer.Session.HeldBytes);
    }

    [Fact]
    public async Task Flush_WhenCancelled_GivesTheApplicationItsThreadBack()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true, new ResumeLimits { ReplayBytes = 0 });
        var output = peer.Session.Application.Output;
        var writing = output.WriteAsync(new byte[1_000_000]).AsTask();
        await peer.ReadAsync(Frames.Ping);
        Assert.False(writing.IsCompleted);

        output.CancelPendingFlush();
        Assert.True((await writing.WaitAsync(SessionPair.Deadline)).IsCanceled);

        using var cancelled = new CancellationTokenSource();
        var flushing = output.FlushAsync(cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flushing.WaitAsync(SessionPair.Deadline));
    }

    /// <summary>A sender whose blocks are full does not wait for an acknowledgement that the receiver has no reason yet to give: it asks.</summary>
    [Fact]
    public async Task Write_WhenTheBufferIsSmall_AsksForAcknowledgements()
    {
        await using var pair = await SessionPair.OpenAsync(new ResumeLimits { ReplayBytes = 0 });
        var reading = Streams.HashAllAsync(pair.Server.Application.Input);
        var bytes = Streams.Bytes(5_000_000, 4);

        await Streams.WriteAllAsync(pair.Client.Application.Output, bytes, 4).WaitAsync(SessionPair.Deadline);

        Assert.Equal(Streams.Hash(bytes), await reading.WaitAsync(SessionPair.Deadline));
    }
}
