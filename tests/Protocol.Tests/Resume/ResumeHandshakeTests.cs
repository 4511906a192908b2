using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

public sealed class ResumeHandshakeTests
{
    private static readonly ulong s_nothing = StreamHash.Create().Value;

    [Theory]
    [InlineData("tenant", RefusalCode.NotYours)]
    [InlineData("connector", RefusalCode.NotYours)]
    [InlineData("repository", RefusalCode.NotYours)]
    [InlineData("server name", RefusalCode.NotYours)]
    [InlineData("mac", RefusalCode.BadMac)]
    [InlineData("mac of another tenant", RefusalCode.BadMac)]
    [InlineData("old leg", RefusalCode.OldLeg)]
    [InlineData("leg 0", RefusalCode.OldLeg)]
    [InlineData("epoch", RefusalCode.WrongEpoch)]
    [InlineData("session", RefusalCode.UnknownSession)]
    [InlineData("version", RefusalCode.Version)]
    public async Task Attach_WhenItIsNotTheClientsNextLeg_IsRefusedAndHarmsNobody(string what, RefusalCode expected)
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true);
        var first = peer.Cable;
        var ours = SessionPair.Binding;
        var id = peer.Session.Id;
        var resume = what switch
        {
            "mac" => HelloFrames.WriteResume(new byte[32], ours, id, SessionPair.Epoch, 2, 0, s_nothing),
            "mac of another tenant" => HelloFrames.WriteResume(peer.Secret, ours with { Tenant = "other" }, id, SessionPair.Epoch, 2, 0, s_nothing),
            "old leg" => HelloFrames.WriteResume(peer.Secret, ours, id, SessionPair.Epoch, 1, 0, s_nothing),
            "leg 0" => HelloFrames.WriteResume(peer.Secret, ours, id, SessionPair.Epoch, 0, 0, s_nothing),
            "epoch" => HelloFrames.WriteResume(peer.Secret, ours, id, SessionPair.Epoch + 1, 2, 0, s_nothing),
            "session" => HelloFrames.WriteResume(peer.Secret, ours, id + 1, SessionPair.Epoch, 2, 0, s_nothing),
            _ => HelloFrames.WriteResume(peer.Secret, ours, id, SessionPair.Epoch, 2, 0, s_nothing),
        };
        if (what == "version")
        {
            resume[Frames.HeaderBytes] = 2;
        }

        var binding = what switch
        {
            "tenant" => ours with { Tenant = "other" },
            "connector" => ours with { Connector = "other" },
            "repository" => ours with { Repository = "other" },
            "server name" => ours with { ServerName = "r-other.data.example.test" },
            _ => ours,
        };

        var (refused, answer) = await peer.ResumeAsync(resume, binding);

        Assert.Equal(expected, refused);
        Assert.Equal((Frames.Refused, (byte)expected), (answer.Type, answer.Payload[0]));
        Assert.NotEmpty(Frames.Clean(answer.Payload.AsSpan(1)));
        Assert.False(first.WasCut.IsCancellationRequested);
        await first.Client.Output.WriteAsync(ScriptedPeer.Data(0, [1, 2, 3]));
        Assert.Equal([1, 2, 3], await Streams.ReadAsync(peer.Session.Application.Input, 3));
    }

    [Fact]
    public async Task Attach_WithARecordedResume_IsRefused()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true);
        var resume = HelloFrames.WriteResume(peer.Secret, SessionPair.Binding, peer.Session.Id, SessionPair.Epoch, 2, 0, s_nothing);
        Assert.Null((await peer.ResumeAsync(resume)).Refused);

        Assert.Equal(RefusalCode.OldLeg, (await peer.ResumeAsync(resume)).Refused);
    }

    [Theory]
    [InlineData(11, 0, RefusalCode.Offset, ResumeFault.OffsetOutside)]
    [InlineData(3, 0, RefusalCode.Offset, ResumeFault.OffsetOutside)]
    [InlineData(-1, 0, RefusalCode.Offset, ResumeFault.OffsetOutside)]
    [InlineData(7, 1, RefusalCode.Hash, ResumeFault.HashMismatch)]
    [InlineData(10, 1, RefusalCode.Hash, ResumeFault.HashMismatch)]
    public async Task Attach_WithAnOffsetOrHashThatCannotBe_EndsTheSession(long received, ulong error, RefusalCode expected, ResumeFault fault)
    {
        var bytes = Streams.Bytes(10, 4);
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true);
        await peer.Session.Application.Output.WriteAsync(bytes);
        await peer.ReadAsync(Frames.Data);
        await peer.SendAsync(ScriptedPeer.Ack(4));
        await peer.SendAsync(ScriptedPeer.Frame(Frames.Ping, ScriptedPeer.Number(1)));
        await peer.ReadAsync(Frames.Pong);

        var (refused, answer) = await peer.ResumeAsync(
            HelloFrames.WriteResume(peer.Secret, SessionPair.Binding, peer.Session.Id, SessionPair.Epoch, 2, received, Hash(bytes.AsSpan(0, (int)Math.Clamp(received, 0, 10))) + error));

        Assert.Equal((expected, (byte)expected), (refused, answer.Payload[0]));
        Assert.Equal((SessionEndKind.ResetByUs, fault), ResumeStreamTests.Of(await peer.Session.Ended.WaitAsync(SessionPair.Deadline)));
    }

    /// <summary>From each byte between what was acknowledged and what was sent, the rest comes, and only the rest.</summary>
    [Fact]
    public async Task Attach_AtEachOffsetThatIsHeld_SendsTheRest()
    {
        var bytes = Streams.Bytes(300, 4);
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true);
        for (var at = 0; at < bytes.Length; at += 100)
        {
            await peer.Session.Application.Output.WriteAsync(bytes.AsMemory(at, 100));
            await peer.ReadAsync(Frames.Data);
        }

        for (var received = 0; received <= bytes.Length; received++)
        {
            var (refused, _) = await peer.ResumeAsync(
                HelloFrames.WriteResume(peer.Secret, SessionPair.Binding, peer.Session.Id, SessionPair.Epoch, (uint)received + 2, received, Hash(bytes.AsSpan(0, received))));
            Assert.Null(refused);
            for (var at = received; at < bytes.Length;)
            {
                var data = await peer.ReadAsync(Frames.Data);
                Assert.Equal(ScriptedPeer.Number(at), data[..8]);
                Assert.Equal(bytes.AsSpan(at, data.Length - 8), data.AsSpan(8));
                at += data.Length - 8;
            }
        }
    }

    [Fact]
    public async Task Attach_WhileTheOldLegIsWell_AbortsItBeforeAnythingIsReplayed()
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: true);
        var (first, run) = (peer.Cable, peer.Run);
        await peer.Session.Application.Output.WriteAsync(new byte[10]);
        await peer.ReadAsync(Frames.Data);

        var (refused, answer) = await peer.ResumeAsync(HelloFrames.WriteResume(peer.Secret, SessionPair.Binding, peer.Session.Id, SessionPair.Epoch, 9, 0, s_nothing));

        Assert.Equal((null, Frames.Resumed), (refused, answer.Type));
        Assert.True(first.WasCut.IsCancellationRequested);
        Assert.Equal(LegEnd.Replaced, await run.WaitAsync(SessionPair.Deadline));
        Assert.Equal(10 + 8, (await peer.ReadAsync(Frames.Data)).Length);
        Assert.Equal(2, peer.Session.Legs);
    }

    [Theory]
    [InlineData("mac", ResumeFault.AnswerForged)]
    [InlineData("leg", ResumeFault.AnswerForged)]
    [InlineData("offset", ResumeFault.OffsetOutside)]
    [InlineData("hash", ResumeFault.HashMismatch)]
    public async Task Resume_WhenTheAnswerCannotBe_EndsTheSession(string what, ResumeFault fault)
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: false);
        peer.Cable.Cut();
        Assert.Equal(LegEnd.Lost, await peer.Run.WaitAsync(SessionPair.Deadline));

        var reset = await Assert.ThrowsAsync<ResumeResetException>(() => peer.ResumeAsync(hello => HelloFrames.WriteResumed(
            what == "mac" ? new byte[32] : peer.Secret, SessionPair.Binding, what == "leg" ? hello.Leg + 1 : hello.Leg, what == "offset" ? 1 : 0, what == "hash" ? 1 : s_nothing)));

        Assert.Equal((SessionEndKind.ResetByUs, fault), ResumeStreamTests.Of(reset.End));
    }

    [Theory]
    [InlineData(RefusalCode.TooManySessions, false)]
    [InlineData(RefusalCode.OldLeg, false)]
    [InlineData(RefusalCode.UnknownSession, true)]
    [InlineData(RefusalCode.WrongEpoch, true)]
    [InlineData(RefusalCode.NotYours, true)]
    public async Task Resume_WhenRefused_EndsTheSessionIfThatIsFinal(RefusalCode code, bool isFinal)
    {
        await using var peer = await ScriptedPeer.OpenAsync(asClient: false);
        peer.Cable.Cut();
        await peer.Run.WaitAsync(SessionPair.Deadline);

        var refusal = await Assert.ThrowsAsync<ResumeRefusedException>(() => peer.ResumeAsync(_ => Frames.Sentence(Frames.Refused, (byte)code, "No.")));

        Assert.Equal((code, "No.", isFinal), (refusal.Code, refusal.Message, refusal.IsFinal));
        Assert.Equal(isFinal, peer.Session.Ended.IsCompleted);
        if (!isFinal)
        {
            await peer.ResumeAsync(hello => HelloFrames.WriteResumed(peer.Secret, SessionPair.Binding, hello.Leg, 0, s_nothing));
            await peer.SendAsync(ScriptedPeer.Data(0, [5]));
            Assert.Equal([5], await Streams.ReadAsync(peer.Session.Application.Input, 1));
        }
    }

    [Fact]
    public async Task Accept_OfAVersionThatIsNotSpoken_IsRefusedInWords()
    {
        await using var cable = new Cable();
        var hello = new ResumeHello.Open(2, 3, 1, "a/b");

        Assert.Null(await ResumeServer.AcceptAsync(cable.Server, hello, SessionPair.Binding, 1, new ResumeLimits(), new ReplayBudget(0), TimeProvider.System, null, CancellationToken.None));

        var (type, payload) = await HelloReader.ReadAsync(cable.Client, Frames.Refused, Frames.Refused, CancellationToken.None).WaitAsync(SessionPair.Deadline);
        Assert.Equal((Frames.Refused, (byte)RefusalCode.Version), (type, payload[0]));
    }

    [Theory]
    [InlineData(Frames.Data, 9)]
    [InlineData(Frames.Open, 3)]
    [InlineData(Frames.Open, 5000)]
    [InlineData(Frames.Resume, 76)]
    [InlineData(0x16, 1)]
    public async Task ReadHello_OfSomethingElse_IsMalformed(byte type, int length)
    {
        await using var cable = new Cable();
        await cable.Client.Output.WriteAsync(ScriptedPeer.FrameOf(type, length, []));

        await Assert.ThrowsAsync<InvalidDataException>(() => ResumeServer.ReadHelloAsync(cable.Server, CancellationToken.None).WaitAsync(SessionPair.Deadline));
    }

    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = StreamHash.Create();
        hash.Append(bytes);
        return hash.Value;
    }
}
