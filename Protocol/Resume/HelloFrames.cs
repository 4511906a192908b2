using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Headgate.Protocol.Resume;

/// <summary>The frames that a leg begins with, written and read whole. The layout is stated at <see cref="Frames"/>.</summary>
internal static class HelloFrames
{
    public const int SecretBytes = 32;
    public const int MacBytes = HMACSHA256.HashSizeInBytes;
    public const int MinOpenBytes = 1 + 1 + 4 + 1;
    public const int MaxOpenBytes = MinOpenBytes + byte.MaxValue;
    public const int OpenedBytes = 1 + 16 + SecretBytes + 8 + 4;
    public const int ResumeBytes = 1 + 16 + 8 + 4 + 8 + 8 + MacBytes;
    public const int ResumedBytes = 4 + 8 + 8 + MacBytes;

    private static readonly UTF8Encoding _strictUtf8 = new(false, throwOnInvalidBytes: true);

    public static byte[] WriteOpen(uint stream, string run)
    {
        var name = Encoding.UTF8.GetBytes(run);
        if (name.Length > byte.MaxValue)
        {
            throw new ArgumentException($"A run is named in {byte.MaxValue} bytes at most, this has {name.Length}.", nameof(run));
        }

        var frame = Frame(Frames.Open, MinOpenBytes + name.Length, out var payload);
        payload[0] = payload[1] = ResumeProtocol.Version;
        BinaryPrimitives.WriteUInt32BigEndian(payload[2..], stream);
        payload[6] = (byte)name.Length;
        name.CopyTo(payload[7..]);
        return frame;
    }

    /// <returns>Null when it is malformed.</returns>
    public static ResumeHello.Open? ReadOpen(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < MinOpenBytes || payload.Length != MinOpenBytes + payload[6] || payload[0] > payload[1])
        {
            return null;
        }

        try
        {
            return new ResumeHello.Open(payload[0], payload[1], BinaryPrimitives.ReadUInt32BigEndian(payload[2..]), _strictUtf8.GetString(payload[7..]));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    public static byte[] WriteOpened(UInt128 id, ReadOnlySpan<byte> secret, ulong epoch, TimeSpan wait)
    {
        var frame = Frame(Frames.Opened, OpenedBytes, out var payload);
        payload[0] = ResumeProtocol.Version;
        BinaryPrimitives.WriteUInt128BigEndian(payload[1..], id);
        secret.CopyTo(payload[17..]);
        BinaryPrimitives.WriteUInt64BigEndian(payload[49..], epoch);
        BinaryPrimitives.WriteUInt32BigEndian(payload[57..], (uint)Math.Clamp(wait.TotalSeconds, 1, uint.MaxValue));
        return frame;
    }

    public static (byte Version, UInt128 Id, byte[] Secret, ulong Epoch, TimeSpan Wait) ReadOpened(ReadOnlySpan<byte> payload) => (
        payload[0],
        BinaryPrimitives.ReadUInt128BigEndian(payload[1..]),
        payload.Slice(17, SecretBytes).ToArray(),
        BinaryPrimitives.ReadUInt64BigEndian(payload[49..]),
        TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(payload[57..])));

    public static byte[] WriteResume(ReadOnlySpan<byte> secret, ResumeBinding binding, UInt128 id, ulong epoch, uint leg, long received, ulong hash)
    {
        var frame = Frame(Frames.Resume, ResumeBytes, out var payload);
        payload[0] = ResumeProtocol.Version;
        BinaryPrimitives.WriteUInt128BigEndian(payload[1..], id);
        BinaryPrimitives.WriteUInt64BigEndian(payload[17..], epoch);
        BinaryPrimitives.WriteUInt32BigEndian(payload[25..], leg);
        BinaryPrimitives.WriteInt64BigEndian(payload[29..], received);
        BinaryPrimitives.WriteUInt64BigEndian(payload[37..], hash);
        Mac(secret, Frames.Resume, payload[..^MacBytes], binding, payload[^MacBytes..]);
        return frame;
    }

    public static ResumeHello.Resume ReadResume(ReadOnlySpan<byte> payload) => new(
        payload[0],
        BinaryPrimitives.ReadUInt128BigEndian(payload[1..]),
        BinaryPrimitives.ReadUInt64BigEndian(payload[17..]),
        BinaryPrimitives.ReadUInt32BigEndian(payload[25..]),
        BinaryPrimitives.ReadInt64BigEndian(payload[29..]),
        BinaryPrimitives.ReadUInt64BigEndian(payload[37..]),
        payload[^MacBytes..].ToArray());

    /// <summary>True when RESUME's MAC was made with the session's secret for the same binding.</summary>
    public static bool IsAuthentic(ResumeHello.Resume hello, ReadOnlySpan<byte> secret, ResumeBinding binding) =>
        CryptographicOperations.FixedTimeEquals(
            WriteResume(secret, binding, hello.SessionId, hello.Epoch, hello.Leg, hello.Received, hello.Hash).AsSpan(^MacBytes..), hello.Mac.Span);

    public static byte[] WriteResumed(ReadOnlySpan<byte> secret, ResumeBinding binding, uint leg, long received, ulong hash)
    {
        var frame = Frame(Frames.Resumed, ResumedBytes, out var payload);
        BinaryPrimitives.WriteUInt32BigEndian(payload, leg);
        BinaryPrimitives.WriteInt64BigEndian(payload[4..], received);
        BinaryPrimitives.WriteUInt64BigEndian(payload[12..], hash);
        Mac(secret, Frames.Resumed, payload[..^MacBytes], binding, payload[^MacBytes..]);
        return frame;
    }

    /// <returns>False when it answers another leg, or its MAC is wrong.</returns>
    public static bool TryReadResumed(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> secret, ResumeBinding binding, uint leg, out long received, out ulong hash)
    {
        Span<byte> mac = stackalloc byte[MacBytes];
        Mac(secret, Frames.Resumed, payload[..^MacBytes], binding, mac);
        received = BinaryPrimitives.ReadInt64BigEndian(payload[4..]);
        hash = BinaryPrimitives.ReadUInt64BigEndian(payload[12..]);
        return CryptographicOperations.FixedTimeEquals(mac, payload[^MacBytes..]) && BinaryPrimitives.ReadUInt32BigEndian(payload) == leg;
    }

    private static byte[] Frame(byte type, int length, out Span<byte> payload)
    {
        var frame = new byte[Frames.HeaderBytes + length];
        Frames.WriteHeader(frame, type, length);
        payload = frame.AsSpan(Frames.HeaderBytes);
        return frame;
    }

    private static void Mac(ReadOnlySpan<byte> secret, byte type, ReadOnlySpan<byte> fields, ResumeBinding binding, Span<byte> mac)
    {
        var names = Encoding.UTF8.GetBytes($"{binding.Tenant}\0{binding.Connector}\0{binding.Repository}\0{binding.ServerName}");
        HMACSHA256.HashData(secret, [type, .. fields, .. names], mac);
    }
}
