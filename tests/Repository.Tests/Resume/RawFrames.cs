using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Headgate.Protocol.Resume;

namespace Headgate.Repository.Tests.Resume;

/// <summary>Frames as docs/resume.md has them, written by hand: what a peer may send that is not ours.</summary>
internal static class RawFrames
{
    public const byte Open = 1;
    public const byte Opened = 2;
    public const byte Resume = 3;
    public const byte Resumed = 4;
    public const byte Refused = 5;
    public const byte Data = 6;
    public const byte Ack = 7;
    public const byte Fin = 8;
    public const byte Reset = 9;
    public const byte Ping = 10;
    public const byte Pong = 11;

    /// <summary>CRC-64/XZ of no bytes.</summary>
    public const ulong HashOfNothing = 0;

    public static byte[] Of(byte type, params byte[] payload)
    {
        var frame = new byte[4 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length);
        frame[0] = type;
        payload.CopyTo(frame, 4);
        return frame;
    }

    public static byte[] OfNumber(byte type, long number, params byte[] more)
    {
        var payload = new byte[8 + more.Length];
        BinaryPrimitives.WriteInt64BigEndian(payload, number);
        more.CopyTo(payload, 8);
        return Of(type, payload);
    }

    public static byte[] OfData(long offset, string text) => OfNumber(Data, offset, Encoding.Latin1.GetBytes(text));

    public static byte[] OfAck(long received, byte flags = 0) => OfNumber(Ack, received, flags);

    public static byte[] OfOpen(uint stream, string run = "daily/1")
    {
        var name = Encoding.UTF8.GetBytes(run);
        var payload = new byte[7 + name.Length];
        payload[0] = payload[1] = ResumeProtocol.Version;
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(2), stream);
        payload[6] = (byte)name.Length;
        name.CopyTo(payload, 7);
        return Of(Open, payload);
    }

    /// <summary>RESUME with the MAC that <paramref name="secret"/> makes.</summary>
    public static byte[] OfResume(ResumeBinding owner, byte[] secret, UInt128 id, ulong epoch, uint leg, long received = 0, ulong hash = HashOfNothing)
    {
        var payload = new byte[1 + 16 + 8 + 4 + 8 + 8 + 32];
        payload[0] = ResumeProtocol.Version;
        BinaryPrimitives.WriteUInt128BigEndian(payload.AsSpan(1), id);
        BinaryPrimitives.WriteUInt64BigEndian(payload.AsSpan(17), epoch);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(25), leg);
        BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(29), received);
        BinaryPrimitives.WriteUInt64BigEndian(payload.AsSpan(37), hash);
        var names = Encoding.UTF8.GetBytes($"{owner.Tenant}\0{owner.Connector}\0{owner.Repository}\0{owner.ServerName}");
        HMACSHA256.HashData(secret, [Resume, .. payload[..45], .. names], payload.AsSpan(45));
        return Of(Resume, payload);
    }

    public static async Task<(byte Type, byte[] Payload)> ReadAsync(Stream stream)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var header = new byte[4];
        await stream.ReadExactlyAsync(header, deadline.Token);
        var payload = new byte[BinaryPrimitives.ReadUInt32BigEndian(header) & 0xFFFFFF];
        await stream.ReadExactlyAsync(payload, deadline.Token);
        return (header[0], payload);
    }

    public static async Task<(RefusalCode Code, string Sentence)> ReadRefusalAsync(Stream stream)
    {
        var (type, payload) = await ReadAsync(stream);
        Assert.Equal(Refused, type);
        return ((RefusalCode)payload[0], Encoding.UTF8.GetString(payload.AsSpan(1)));
    }
}
