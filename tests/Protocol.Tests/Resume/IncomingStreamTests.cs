using System.Buffers;
using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

/// <summary>What the application hears of bytes whose leg ends as they are handed over.</summary>
public sealed class IncomingStreamTests
{
    private readonly IncomingStream _stream = new(TimeProvider.System, new Lock(), () => { });

    [Fact]
    public async Task HandOverAsync_WhenTheLegIsStoppedAlready_WakesTheApplicationAllTheSame()
    {
        var reading = _stream.Reader.ReadAsync().AsTask();
        _stream.Receive(new ReadOnlySequence<byte>(new byte[200_000]));

        await _stream.HandOverAsync(new CancellationToken(canceled: true));

        Assert.Equal(200_000, (await reading.WaitAsync(SessionPair.Deadline)).Buffer.Length);
    }

    [Fact]
    public async Task HandOverAsync_WhenTheLegIsStoppedWhileTheApplicationIsBehind_EndsAndLosesNothing()
    {
        using var stop = new CancellationTokenSource();
        _stream.Receive(new ReadOnlySequence<byte>(new byte[600_000]));
        var handing = _stream.HandOverAsync(stop.Token).AsTask();
        Assert.False(handing.IsCompleted);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handing.WaitAsync(SessionPair.Deadline));
        var read = await _stream.Reader.ReadAsync().AsTask().WaitAsync(SessionPair.Deadline);
        Assert.Equal(600_000, read.Buffer.Length);
        _stream.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.Start);

        // The next leg waits for the application again, with what it brings.
        _stream.BeginLeg();
        _stream.Receive(new ReadOnlySequence<byte>(new byte[1]));
        handing = _stream.HandOverAsync(CancellationToken.None).AsTask();
        Assert.False(handing.IsCompleted);
        var all = await _stream.Reader.ReadAsync();
        _stream.Reader.AdvanceTo(all.Buffer.End);
        await handing.WaitAsync(SessionPair.Deadline);
    }
}
