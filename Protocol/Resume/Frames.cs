using System.Buffers.Binary;
using System.Text;

namespace Headgate.Protocol.Resume;

/// <summary>
/// The protocol <c>headgate-resume/1</c>. It runs inside TLS 1.3 with that ALPN; <c>docs/resume.md</c> has it at length.
/// <code>
/// frame = type[1] length[3] payload[length], integers big endian
///
///  1 OPEN     c->r  lowest version[1] highest version[1] stream[4] run length[1] run (UTF-8)
///  2 OPENED   r->c  version[1] session id[16] secret[32] boot epoch[8] wait in seconds[4]
///  3 RESUME   c->r  version[1] session id[16] boot epoch[8] leg[4] received[8] hash[8] MAC[32]
///  4 RESUMED  r->c  leg[4] received[8] hash[8] MAC[32]
///  5 REFUSED  r->c  code[1] sentence (UTF-8)
///  6 DATA           offset[8] bytes, 1 to 65536
///  7 ACK            received[8] flags[1], 1 = FIN received too
///  8 FIN            offset[8]
///  9 RESET          code[1] sentence (UTF-8)
/// 10 PING           anything[8]
/// 11 PONG           the same[8]
///
/// first leg   c: OPEN     r: OPENED     then DATA, ACK, FIN, PING, PONG from both, in any order
/// the connection is lost
/// later leg   c: RESUME   r: RESUMED    the old connection is aborted first; then as before, each from what the other has received on
/// </code>
/// MAC = HMAC-SHA256(secret, type || fields before the MAC || tenant || 0 || connector || 0 || repository || 0 || server name).
/// Hash = CRC-64/XZ of all bytes that came in that direction. A direction ends with FIN alone; the end of TLS or TCP loses a leg.
/// </summary>
internal static class Frames
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

    public const int HeaderBytes = 4;
    public const int OffsetBytes = 8;
    public const int DataHeaderBytes = HeaderBytes + OffsetBytes;
    public const int AckBytes = 9;
    public const int MaxSentenceBytes = 1024;

    /// <summary>The longest payload that a type may have; 0 for a type that does not exist.</summary>
    public static int MaxPayload(byte type) => type switch
    {
        Open => HelloFrames.MaxOpenBytes,
        Opened => HelloFrames.OpenedBytes,
        Resume => HelloFrames.ResumeBytes,
        Resumed => HelloFrames.ResumedBytes,
        Refused or Reset => 1 + MaxSentenceBytes,
        Data => OffsetBytes + ResumeProtocol.MaxData,
        Ack => AckBytes,
        Fin or Ping or Pong => 8,
        _ => 0,
    };

    /// <summary>The shortest payload that a type may have.</summary>
    public static int MinPayload(byte type) => type switch
    {
        Open => HelloFrames.MinOpenBytes,
        Data => OffsetBytes + 1,
        Refused or Reset => 1,
        _ => MaxPayload(type),
    };

    public static void WriteHeader(Span<byte> to, byte type, int length) => BinaryPrimitives.WriteUInt32BigEndian(to, ((uint)type << 24) | (uint)length);

    public static (byte Type, int Length) ReadHeader(ReadOnlySpan<byte> from)
    {
        var header = BinaryPrimitives.ReadUInt32BigEndian(from);
        return ((byte)(header >> 24), (int)(header & 0xFFFFFF));
    }

    public static void WriteDataHeader(Span<byte> to, long offset, int length)
    {
        WriteHeader(to, Data, OffsetBytes + length);
        BinaryPrimitives.WriteInt64BigEndian(to[HeaderBytes..], offset);
    }

    /// <summary>A whole REFUSED or RESET.</summary>
    public static byte[] Sentence(byte type, byte code, string sentence)
    {
        var text = Encoding.UTF8.GetBytes(sentence);
        var length = 1 + Math.Min(text.Length, MaxSentenceBytes);
        var frame = new byte[HeaderBytes + length];
        WriteHeader(frame, type, length);
        frame[HeaderBytes] = code;
        text.AsSpan(0, length - 1).CopyTo(frame.AsSpan(HeaderBytes + 1));
        return frame;
    }

    /// <summary>A peer's sentence, fit to be shown: no control characters.</summary>
    public static string Clean(ReadOnlySpan<byte> sentence) =>
        string.Concat(Encoding.UTF8.GetString(sentence).Select(static letter => char.IsControl(letter) ? ' ' : letter)).Trim();
}
