using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

/// <summary>What a peer may not send ends that session, with a reason that both ends know.</summary>
public sealed class ResumeFaultTests
{
    private static readonly byte[] _bytes = Streams.Bytes(100, 1);

    /// <summary>What comes after ten bytes of ours were sent and acknowledged to 4.</summary>
    private static readonly Dictionary<string, (ResumeFault Fault, byte[][] Frames)> _cases = new()
    {
        ["type 0"] = (ResumeFault.UnknownFrame, [ScriptedPeer.Frame(0)]),
        ["type 12"] = (ResumeFault.UnknownFrame, [ScriptedPeer.Frame(12, 1, 2, 3)]),
        ["type 255, endless"] = (ResumeFault.UnknownFrame, [ScriptedPeer.FrameOf(255, 0xFFFFFF, [])]),
        ["OPEN in the midst"] = (ResumeFault.UnexpectedFrame, [HelloFrames.WriteOpen(1, "a/b")]),
        ["RESUME in the midst"] = (ResumeFault.UnexpectedFrame, [HelloFrames.WriteResume(new byte[32], SessionPair.Binding, 1, 1, 2, 0, 0)]),
        ["REFUSED in the midst"] = (ResumeFault.UnexpectedFrame, [ScriptedPeer.Frame(Frames.Refused, 1)]),
        ["DATA longer than the limit"] = (ResumeFault.FrameTooLong, [ScriptedPeer.FrameOf(Frames.Data, Frames.OffsetBytes + ResumeProtocol.MaxData + 1, ScriptedPeer.Number(0))]),
        ["RESET with a novel"] = (ResumeFault.FrameTooLong, [ScriptedPeer.FrameOf(Frames.Reset, 100_000, [])]),
        ["ACK of ten bytes"] = (ResumeFault.FrameTooLong, [ScriptedPeer.Frame(Frames.Ack, new byte[10])]),
        ["ACK of eight bytes"] = (ResumeFault.FrameMalformed, [ScriptedPeer.Frame(Frames.Ack, new byte[8])]),
        ["ACK with other flags"] = (ResumeFault.FrameMalformed, [ScriptedPeer.Ack(4, 2)]),
        ["DATA without bytes"] = (ResumeFault.FrameMalformed, [ScriptedPeer.Data(0, [])]),
        ["RESET without a code"] = (ResumeFault.FrameMalformed, [ScriptedPeer.Frame(Frames.Reset)]),
        ["FIN of four bytes"] = (ResumeFault.FrameMalformed, [ScriptedPeer.Frame(Frames.Fin, new byte[4])]),
        ["DATA with a gap"] = (ResumeFault.DataGap, [ScriptedPeer.Data(0, _bytes), ScriptedPeer.Data(101, _bytes)]),
        ["DATA reordered"] = (ResumeFault.DataGap, [ScriptedPeer.Data(100, _bytes), ScriptedPeer.Data(0, _bytes)]),
        ["DATA from a negative offset"] = (ResumeFault.DataGap, [ScriptedPeer.Data(-1, _bytes)]),
        ["DATA replayed"] = (ResumeFault.DataOverlap, [ScriptedPeer.Data(0, _bytes), ScriptedPeer.Data(0, _bytes)]),
        ["DATA that overlaps"] = (ResumeFault.DataOverlap, [ScriptedPeer.Data(0, _bytes), ScriptedPeer.Data(99, _bytes)]),
        ["DATA after FIN"] = (ResumeFault.DataAfterFin, [ScriptedPeer.Data(0, _bytes), ScriptedPeer.Fin(100), ScriptedPeer.Data(100, _bytes)]),
        ["another FIN"] = (ResumeFault.DataAfterFin, [ScriptedPeer.Fin(0), ScriptedPeer.Fin(100)]),
        ["FIN too far"] = (ResumeFault.FinMismatch, [ScriptedPeer.Fin(1)]),
        ["FIN too near"] = (ResumeFault.FinMismatch, [ScriptedPeer.Data(0, _bytes), ScriptedPeer.Fin(99)]),
        ["ACK backwards"] = (ResumeFault.AckBackwards, [ScriptedPeer.Ack(3)]),
        ["ACK from the future"] = (ResumeFault.AckBeyondSent, [ScriptedPeer.Ack(11)]),
        ["ACK of a negative offset"] = (ResumeFault.AckBeyondSent, [ScriptedPeer.Ack(-1)]),
        ["ACK of a FIN that was not sent"] = (ResumeFault.AckBeyondSent, [ScriptedPeer.Ack(10, 1)]),
    };

    public static TheoryData<string, bool> Cases
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var name in _cases.Keys)
            {
                data.Add(name, true);
                data.Add(name, false);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Run_WhenThePeerMayNotSendThat_ResetsThatSession(string name, bool asClient)
    {
        var (fault, frames) = _cases[name];
        await using var peer = await ScriptedPeer.OpenAsync(asClient);
        await using var other = await ScriptedPeer.OpenAsync(asClient);
        await peer.Session.Application.Output.WriteAsync(new byte[10]);
        await peer.ReadAsync(Frames.Data);
        await peer.SendAsync(ScriptedPeer.Ack(4));

        foreach (var frame in frames)
        {
            await peer.SendAsync(frame);
        }

        Assert.Equal((byte)fault, (await peer.ReadAsync(Frames.Reset))[0]);
        Assert.Equal(LegEnd.Reset, await peer.Run.WaitAsync(SessionPair.Deadline));
        var end = await peer.Session.Ended.WaitAsync(SessionPair.Deadline);
        Assert.Equal((SessionEndKind.ResetByUs, fault), ResumeStreamTests.Of(end));
        Assert.NotEmpty(end.Sentence);
        await Assert.ThrowsAsync<ResumeResetException>(async () => await peer.Session.Application.Output.WriteAsync(new byte[1]));

        await other.SendAsync(ScriptedPeer.Frame(Frames.Ping, ScriptedPeer.Number(7)));
        Assert.Equal(ScriptedPeer.Number(7), await other.ReadAsync(Frames.Pong));
    }

    [Fact]
    public void Faults_HaveSentencesAndNumbersThatStay()
    {
        Assert.Equal(
            "None=0 UnknownFrame=1 UnexpectedFrame=2 FrameTooLong=3 FrameMalformed=4 DataGap=5 DataOverlap=6 DataAfterFin=7 AckBackwards=8 AckBeyondSent=9 FinMismatch=10 "
            + "OffsetOutside=11 HashMismatch=12 AnswerForged=13 ApplicationReset=14 Revoked=15 Stopping=16 Expired=17 Cancelled=18 Stalled=19",
            string.Join(' ', Enum.GetValues<ResumeFault>().Select(static fault => $"{fault}={(byte)fault}")));
        Assert.Equal(
            "Version=1 UnknownSession=2 WrongEpoch=3 NotYours=4 BadMac=5 OldLeg=6 Offset=7 Hash=8 TooManySessions=9 NoRoom=10 Ended=11",
            string.Join(' ', Enum.GetValues<RefusalCode>().Select(static code => $"{code}={(byte)code}")));
        Assert.Equal(Enum.GetValues<ResumeFault>().Length, Enum.GetValues<ResumeFault>().Select(static fault => Ends.ByUs(fault).Sentence).Distinct().Count());
    }

    [Fact]
    public async Task Reset_ByThePeer_ShowsItsSentenceWithoutControlCharacters()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: false);

        await peer.SendAsync(ScriptedPeer.Frame(Frames.Reset, [(byte)ResumeFault.Revoked, .. "gone\u001b[31m\r\nfor good"u8]));

        var end = await peer.Session.Ended.WaitAsync(SessionPair.Deadline);
        Assert.Equal((SessionEndKind.ResetByPeer, ResumeFault.Revoked, "gone [31m  for good"), (end.Kind, end.Fault, end.Sentence));
    }

    /// <summary>Whatever comes, the leg ends in one of its ways, nothing is held, and what the application got is what was in order.</summary>
    [Fact]
    public async Task Run_WhateverComes_EndsInOneOfItsWays()
    {
        var random = new Random(2026);
        var faults = new Dictionary<ResumeFault, int>();
        for (var input = 0; input < 3000; input++)
        {
            await using var peer = await ScriptedPeer.OpenAsync(asClient: true);
            var sending = Mutate(random);
            for (var at = 0; at < sending.Length;)
            {
                var length = Math.Min(sending.Length - at, 1 + random.Next(40));
                await peer.SendAsync(sending[at..(at + length)]);
                at += length;
            }

            await peer.Cable.Client.Output.CompleteAsync();
            var end = await peer.Run.WaitAsync(SessionPair.Deadline);
            Assert.True(end is LegEnd.Lost or LegEnd.Reset, $"Input {input}: {end}");
            Assert.Equal(end == LegEnd.Reset, peer.Session.Ended.IsCompleted);
            var fault = end == LegEnd.Reset ? (await peer.Session.Ended).Fault : ResumeFault.None;
            faults[fault] = faults.GetValueOrDefault(fault) + 1;
            await peer.Session.DisposeAsync();
        }

        Assert.True(faults.Count >= 8, string.Join(", ", faults));
    }

    private static byte[] Mutate(Random random)
    {
        var frames = new List<byte[]>();
        var offset = 0L;
        for (var count = random.Next(1, 6); count > 0; count--)
        {
            var bytes = new byte[random.Next(1, 60)];
            frames.Add(random.Next(5) switch
            {
                0 => ScriptedPeer.Ack(random.Next(4) == 0 ? random.Next(100) : 0),
                1 => ScriptedPeer.Frame(Frames.Ping, ScriptedPeer.Number(random.Next())),
                2 when random.Next(4) == 0 => ScriptedPeer.Fin(offset),
                _ => ScriptedPeer.Data(offset, bytes),
            });
            offset += frames[^1][0] == Frames.Data ? bytes.Length : 0;
        }

        switch (random.Next(4))
        {
            case 0:
                frames.Insert(random.Next(frames.Count), frames[random.Next(frames.Count)]);
                break;
            case 1:
                frames.RemoveAt(random.Next(frames.Count));
                break;
            case 2:
                var frame = frames[random.Next(frames.Count)];
                frame[random.Next(Math.Min(frame.Length, 16))] ^= (byte)(1 << random.Next(8));
                break;
            case 3:
                frames[^1] = frames[^1][..random.Next(frames[^1].Length)];
                break;
        }

        return [.. frames.SelectMany(static frame => frame)];
    }
}
