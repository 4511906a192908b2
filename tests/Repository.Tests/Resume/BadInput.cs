using Headgate.Protocol.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>What a peer may send on a session of its own that ends the session: every fault of a frame, each with the reason that it must be counted by.</summary>
internal static class BadInput
{
    private const string Head = "HEAD /config HTTP/1.1\r\nHost: x\r\n\r\n";

    /// <summary>A name, the reason, and what the peer does. Each is told in a RESET or, at a leg's beginning, a REFUSED.</summary>
    public static IReadOnlyList<(string Name, ResumeFault Fault, Func<RawPeer, Task> Act)> All { get; } =
    [
        ("a type that does not exist", ResumeFault.UnknownFrame, peer => peer.WriteAsync(RawFrames.Of(99))),
        ("type 0", ResumeFault.UnknownFrame, peer => peer.WriteAsync(RawFrames.Of(0, 1, 2, 3))),
        ("OPEN in the midst of a leg", ResumeFault.UnexpectedFrame, peer => peer.WriteAsync(RawFrames.OfOpen(1))),
        ("RESUME in the midst of a leg", ResumeFault.UnexpectedFrame, peer => peer.WriteAsync(peer.Resume(2))),
        ("OPENED from the wrong side", ResumeFault.UnexpectedFrame, peer => peer.WriteAsync(RawFrames.Of(RawFrames.Opened, new byte[61]))),
        ("DATA of 16 MiB", ResumeFault.FrameTooLong, peer => peer.WriteAsync([[RawFrames.Data, 255, 255, 255]])),
        ("DATA one byte too long", ResumeFault.FrameTooLong, peer => peer.WriteAsync([[RawFrames.Data, 1, 0, 9]])),
        ("DATA without a byte", ResumeFault.FrameMalformed, peer => peer.WriteAsync(RawFrames.OfNumber(RawFrames.Data, 0))),
        ("an ACK torn short", ResumeFault.FrameMalformed, peer => peer.WriteAsync(RawFrames.Of(RawFrames.Ack, 0, 0, 0, 0, 0))),
        ("a FIN torn short", ResumeFault.FrameMalformed, peer => peer.WriteAsync(RawFrames.Of(RawFrames.Fin, 0, 0, 0))),
        ("an ACK with a flag that does not exist", ResumeFault.FrameMalformed, peer => peer.WriteAsync(RawFrames.OfAck(0, 2))),
        ("DATA replayed", ResumeFault.DataOverlap, peer => peer.WriteAsync(RawFrames.OfData(0, Head), RawFrames.OfData(0, Head))),
        ("DATA reordered", ResumeFault.DataGap, peer => peer.WriteAsync(RawFrames.OfData(10, Head[10..]), RawFrames.OfData(0, Head[..10]))),
        ("DATA at an offset below nothing", ResumeFault.DataGap, peer => peer.WriteAsync(RawFrames.OfData(-1, Head))),
        ("DATA after FIN", ResumeFault.DataAfterFin, peer => peer.WriteAsync(
            RawFrames.OfData(0, Head), RawFrames.OfNumber(RawFrames.Fin, Head.Length), RawFrames.OfData(Head.Length, Head))),
        ("another FIN", ResumeFault.DataAfterFin, peer => peer.WriteAsync(
            RawFrames.OfData(0, Head), RawFrames.OfNumber(RawFrames.Fin, Head.Length), RawFrames.OfNumber(RawFrames.Fin, Head.Length + 1))),
        ("a FIN before its bytes", ResumeFault.FinMismatch, peer => peer.WriteAsync(RawFrames.OfNumber(RawFrames.Fin, Head.Length), RawFrames.OfData(0, Head))),
        ("an ACK from the future", ResumeFault.AckBeyondSent, peer => peer.WriteAsync(RawFrames.OfAck(1))),
        ("an ACK from the end of time", ResumeFault.AckBeyondSent, peer => peer.WriteAsync(RawFrames.OfAck(long.MaxValue))),
        ("an ACK below nothing", ResumeFault.AckBeyondSent, peer => peer.WriteAsync(RawFrames.OfAck(-1))),
        ("an ACK of a FIN that was not sent", ResumeFault.AckBeyondSent, peer => peer.WriteAsync(RawFrames.OfAck(0, 1))),
        ("an ACK taken back", ResumeFault.AckBackwards, async peer =>
        {
            await peer.WriteAsync(RawFrames.OfData(0, Head));
            await peer.ReadHeadAsync();
            await peer.WriteAsync(RawFrames.OfAck(peer.Received), RawFrames.OfAck(peer.Received - 1));
        }),
        ("a new leg that goes on beyond what was sent", ResumeFault.OffsetOutside, peer => ComeBackAsync(peer, RefusalCode.Offset, received: 1 << 20)),
        ("a new leg that goes on below nothing", ResumeFault.OffsetOutside, peer => ComeBackAsync(peer, RefusalCode.Offset, received: -1)),
        ("a new leg with other bytes", ResumeFault.HashMismatch, peer => ComeBackAsync(peer, RefusalCode.Hash, hash: 1)),
        ("a new leg that goes on before what it acknowledged", ResumeFault.OffsetOutside, async peer =>
        {
            await peer.WriteAsync(RawFrames.OfData(0, Head));
            await peer.ReadHeadAsync();
            await peer.WriteAsync(RawFrames.OfAck(peer.Received));

            // Its answer shows that the acknowledgement before it was taken.
            await peer.WriteAsync(RawFrames.OfNumber(RawFrames.Ping, 7));
            await peer.ReadUntilAsync(RawFrames.Pong);

            await ComeBackAsync(peer, RefusalCode.Offset);
        }),
    ];

    private static async Task ComeBackAsync(RawPeer peer, RefusalCode code, long received = 0, ulong hash = RawFrames.HashOfNothing)
    {
        await peer.DialAsync();
        await peer.WriteAsync(peer.Resume(2, received, hash));
        var (answer, sentence) = await RawFrames.ReadRefusalAsync(peer.Tls);
        Assert.Equal(code, answer);
        Assert.NotEmpty(sentence);
        Assert.True(await Raw.IsEndedAsync(peer.Tls));
    }

    /// <summary>As counters and logs have it.</summary>
    public static string Reason(ResumeFault fault) => Words.Kebab(fault.ToString());
}
