using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

/// <summary>A real session whose other end is the test itself, frame by frame.</summary>
internal sealed class ScriptedPeer : IAsyncDisposable
{
    private readonly List<Cable> _cables = [];
    private readonly bool _isClient;
    private readonly ResumeLimits _limits;
    private readonly TimeProvider _time;

    private ScriptedPeer(bool isClient, ResumeLimits limits, TimeProvider time)
    {
        (_isClient, _limits, _time) = (isClient, limits, time);
    }

    /// <summary>The real end.</summary>
    public ResumeSession Session { get; private set; } = null!;

    /// <summary>The present leg of the real end.</summary>
    public Task<LegEnd> Run { get; private set; } = null!;

    public ReplayBudget Budget { get; } = new(1024 * 1024);

    public Cable Cable => _cables[^1];

    public byte[] Secret { get; private set; } = [];

    private ResumeLeg Leg => _isClient ? Cable.Client : Cable.Server;

    /// <param name="asClient">The test plays the client, and the session is the server's; or the other way round.</param>
    public static async Task<ScriptedPeer> OpenAsync(bool asClient, ResumeLimits? limits = null, TimeProvider? time = null)
    {
        var peer = new ScriptedPeer(asClient, limits ?? SessionPair.LimitsFor(time), time ?? TimeProvider.System);
        await peer.OpenAsync().WaitAsync(SessionPair.Deadline);
        return peer;
    }

    public async Task SendAsync(byte[] frame) => await Leg.Output.WriteAsync(frame);

    public Task SendDataAsync(long offset, byte[] bytes) => SendAsync(Data(offset, bytes));

    /// <summary>The next frame of the real end; null when the leg has ended.</summary>
    public async Task<(byte Type, byte[] Payload)?> ReadAsync()
    {
        var header = await ReadBytesAsync(Frames.HeaderBytes);
        if (header is null)
        {
            return null;
        }

        var (type, length) = Frames.ReadHeader(header);
        if (await ReadBytesAsync(length) is not { } payload)
        {
            return null;
        }

        if (type == Frames.Reset)
        {
            // What every end does that reads it.
            Cable.Cut();
        }

        return (type, payload);
    }

    /// <summary>Skips to the next frame of a type.</summary>
    public async Task<byte[]> ReadAsync(byte type)
    {
        while (await ReadAsync() is { } frame)
        {
            if (frame.Type == type)
            {
                return frame.Payload;
            }
        }

        throw new EndOfStreamException($"The leg ended before a frame of type {type} came.");
    }

    /// <summary>As a client: another leg, with this as its first frame; returns the answer.</summary>
    public async Task<(RefusalCode? Refused, (byte Type, byte[] Payload) Answer)> ResumeAsync(byte[] resume, ResumeBinding? binding = null, ulong epoch = SessionPair.Epoch)
    {
        _cables.Add(new Cable());
        await SendAsync(resume);
        var hello = Assert.IsType<ResumeHello.Resume>(await ResumeServer.ReadHelloAsync(Cable.Server, CancellationToken.None));
        var refused = await ResumeServer.AttachAsync(Session, Cable.Server, hello, binding ?? SessionPair.Binding, epoch, CancellationToken.None).WaitAsync(SessionPair.Deadline);
        if (refused is null)
        {
            Run = ResumeServer.RunAsync(Session, Cable.Server, CancellationToken.None);
        }

        return (refused, (await ReadAsync())!.Value);
    }

    /// <summary>As a server: takes the client's next leg and answers it as told.</summary>
    public async Task ResumeAsync(Func<ResumeHello.Resume, byte[]> answer)
    {
        _cables.Add(new Cable());
        var resuming = ResumeClient.ResumeAsync(Session, Cable.Client, CancellationToken.None);
        var hello = Assert.IsType<ResumeHello.Resume>(await ResumeServer.ReadHelloAsync(Cable.Server, CancellationToken.None).WaitAsync(SessionPair.Deadline));
        await SendAsync(answer(hello));
        await resuming.WaitAsync(SessionPair.Deadline);
        Run = ResumeClient.RunAsync(Session, Cable.Client, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cable in _cables)
        {
            await cable.DisposeAsync().AsTask().WaitAsync(SessionPair.Deadline);
        }

        await Session.DisposeAsync().AsTask().WaitAsync(SessionPair.Deadline);

        Assert.Equal(0, Budget.Held);
    }

    public static byte[] Frame(byte type, params ReadOnlySpan<byte> payload) => FrameOf(type, payload.Length, payload);

    /// <summary>A frame whose header says another length than it has.</summary>
    public static byte[] FrameOf(byte type, int length, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[Frames.HeaderBytes + payload.Length];
        Frames.WriteHeader(frame, type, length);
        payload.CopyTo(frame.AsSpan(Frames.HeaderBytes));
        return frame;
    }

    public static byte[] Data(long offset, ReadOnlySpan<byte> bytes) => Frame(Frames.Data, [.. Number(offset), .. bytes]);

    public static byte[] Ack(long offset, byte flags = 0) => Frame(Frames.Ack, [.. Number(offset), flags]);

    public static byte[] Fin(long offset) => Frame(Frames.Fin, Number(offset));

    public static byte[] Number(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }

    private async Task OpenAsync()
    {
        _cables.Add(new Cable());
        if (_isClient)
        {
            await SendAsync(HelloFrames.WriteOpen(1, "job/run"));
            var hello = Assert.IsType<ResumeHello.Open>(await ResumeServer.ReadHelloAsync(Cable.Server, CancellationToken.None));
            Session = (await ResumeServer.AcceptAsync(Cable.Server, hello, SessionPair.Binding, SessionPair.Epoch, _limits, Budget, _time, null, CancellationToken.None))!;
            Secret = HelloFrames.ReadOpened(await ReadAsync(Frames.Opened)).Secret;
            Run = ResumeServer.RunAsync(Session, Cable.Server, CancellationToken.None);
        }
        else
        {
            var opening = ResumeClient.OpenAsync(Cable.Client, SessionPair.Binding, 1, "job/run", _limits, Budget, _time, CancellationToken.None);
            await ReadAsync(Frames.Open);
            Secret = Streams.Bytes(HelloFrames.SecretBytes, 9);
            await SendAsync(HelloFrames.WriteOpened(5, Secret, SessionPair.Epoch, _limits.Wait));
            Session = await opening;
            Run = ResumeClient.RunAsync(Session, Cable.Client, CancellationToken.None);
        }
    }

    private async Task<byte[]?> ReadBytesAsync(int count)
    {
        if (count == 0)
        {
            return [];
        }

        var result = await Leg.Input.ReadAtLeastAsync(count).AsTask().WaitAsync(SessionPair.Deadline);
        if (result.Buffer.Length < count)
        {
            return null;
        }

        var bytes = result.Buffer.Slice(0, count).ToArray();
        Leg.Input.AdvanceTo(result.Buffer.GetPosition(count));
        return bytes;
    }
}
