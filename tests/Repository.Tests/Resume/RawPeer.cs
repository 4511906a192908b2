using System.Buffers.Binary;
using System.Net.Security;
using System.Text;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Resume;

namespace Headgate.Repository.Tests.Resume;

/// <summary>A peer with a connector's certificate and a session of its own that writes whatever frames it likes.</summary>
internal sealed class RawPeer : IAsyncDisposable
{
    private readonly Func<Task<SslStream>> _dial;
    private readonly List<SslStream> _legs = [];

    private RawPeer(Func<Task<SslStream>> dial, ResumeBinding owner) => (_dial, Owner) = (dial, owner);

    public ResumeBinding Owner { get; }

    public UInt128 Id { get; private set; }

    public ulong Epoch { get; private set; }

    public byte[] Secret { get; private set; } = [];

    /// <summary>Bytes of the repository that came in DATA.</summary>
    public long Received { get; private set; }

    public SslStream Tls => _legs[^1];

    /// <summary>Opens a session.</summary>
    /// <param name="dial">Makes a connection with ALPN headgate-resume/1.</param>
    /// <param name="route">The server name.</param>
    /// <param name="identity">The connector.</param>
    /// <param name="stream">The stream's number.</param>
    public static async Task<RawPeer> OpenAsync(Func<Task<SslStream>> dial, string route, ProgramIdentity identity, uint stream = 1)
    {
        var peer = new RawPeer(dial, TestSession.Binding(route, identity));
        await peer.DialAsync();
        await peer.WriteAsync(RawFrames.OfOpen(stream));
        var (type, payload) = await RawFrames.ReadAsync(peer.Tls);
        Assert.Equal(RawFrames.Opened, type);
        peer.Id = BinaryPrimitives.ReadUInt128BigEndian(payload.AsSpan(1));
        peer.Secret = payload[17..49];
        peer.Epoch = BinaryPrimitives.ReadUInt64BigEndian(payload.AsSpan(49));
        return peer;
    }

    /// <summary>Another connection; the one before stays open.</summary>
    public async Task<SslStream> DialAsync()
    {
        _legs.Add(await _dial());
        return Tls;
    }

    public byte[] Resume(uint leg, long received = 0, ulong hash = RawFrames.HashOfNothing) =>
        RawFrames.OfResume(Owner, Secret, Id, Epoch, leg, received, hash);

    public async Task WriteAsync(params byte[][] frames) => await Tls.WriteAsync(frames.SelectMany(frame => frame).ToArray());

    /// <summary>Reads DATA until a whole head of an answer is there; nothing of it is acknowledged.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var (type, payload) = await RawFrames.ReadAsync(Tls);
            if (type == RawFrames.Data)
            {
                Received += payload.Length - 8;
                head.Append(Encoding.Latin1.GetString(payload.AsSpan(8)));
            }
        }

        return head.ToString();
    }

    /// <summary>Reads one frame; nothing of it is acknowledged.</summary>
    public async Task ReadDataAsync()
    {
        var (type, payload) = await RawFrames.ReadAsync(Tls);
        Received += type == RawFrames.Data ? payload.Length - 8 : 0;
    }

    /// <summary>Reads until a frame of that type.</summary>
    public async Task ReadUntilAsync(byte wanted)
    {
        while (true)
        {
            var (type, payload) = await RawFrames.ReadAsync(Tls);
            Received += type == RawFrames.Data ? payload.Length - 8 : 0;
            if (type == wanted)
            {
                return;
            }
        }
    }

    /// <summary>Reads until the repository says RESET.</summary>
    public async Task<(ResumeFault Fault, string Sentence)> ReadResetAsync()
    {
        while (true)
        {
            var (type, payload) = await RawFrames.ReadAsync(Tls);
            Received += type == RawFrames.Data ? payload.Length - 8 : 0;
            if (type == RawFrames.Reset)
            {
                return ((ResumeFault)payload[0], Encoding.UTF8.GetString(payload.AsSpan(1)));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var leg in _legs)
        {
            await leg.DisposeAsync();
        }
    }
}
