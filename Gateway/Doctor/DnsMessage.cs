using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Headgate.Gateway.Doctor;

/// <summary>
/// DNS messages (RFC 1035, section 4): one question out, the answer section in.
/// <code>
/// header    id 2, flags 2, counts of questions, answers, authorities, additionals 2 each
/// question  name, type 2, class 2
/// record    name, type 2, class 2, ttl 4, length 2, data
/// name      labels of a length byte (1 to 63) and as many bytes, ended by 0; or two bytes 11xxxxxx xxxxxxxx: goes on at that offset
/// </code>
/// </summary>
internal static class DnsMessage
{
    public const int HeaderBytes = 12;

    private const int MaxNameBytes = 255;
    private const ushort Internet = 1;
    private const ushort RecursionDesired = 0x0100;
    private const ushort IsAnswer = 0x8000;
    private const ushort IsCut = 0x0200;

    /// <summary>A question for the records of one type.</summary>
    public static byte[] Question(ushort id, string name, DnsType type)
    {
        var message = new byte[HeaderBytes + name.Length + 2 + 4];
        BinaryPrimitives.WriteUInt16BigEndian(message, id);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), RecursionDesired);
        message[5] = 1;
        var at = HeaderBytes;
        foreach (var label in name.TrimEnd('.').Split('.'))
        {
            message[at++] = (byte)label.Length;
            at += Encoding.ASCII.GetBytes(label, message.AsSpan(at));
        }

        at++;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(at), (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(at + 2), Internet);
        return message[..(at + 4)];
    }

    /// <summary>Reads an answer to question <paramref name="id"/>; null when it is none, or cannot be.</summary>
    public static DnsAnswer? Read(ReadOnlySpan<byte> message, ushort id)
    {
        if (message.Length < HeaderBytes || BinaryPrimitives.ReadUInt16BigEndian(message) != id)
        {
            return null;
        }

        var flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        if ((flags & IsAnswer) == 0)
        {
            return null;
        }

        var questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        var answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        var at = HeaderBytes;
        for (var i = 0; i < questions; i++)
        {
            if (ReadName(message, ref at) is null || (at += 4) > message.Length)
            {
                return null;
            }
        }

        var records = new List<DnsRecord>();
        for (var i = 0; i < answers; i++)
        {
            if (!TryReadRecord(message, ref at, out var record))
            {
                return null;
            }

            if (record is not null)
            {
                records.Add(record);
            }
        }

        return new DnsAnswer(flags & 0xF, (flags & IsCut) != 0, records);
    }

    private static bool TryReadRecord(ReadOnlySpan<byte> message, ref int at, out DnsRecord? record)
    {
        record = null;
        if (ReadName(message, ref at) is not { } name || at + 10 > message.Length)
        {
            return false;
        }

        var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
        var ttl = TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(message[(at + 4)..]));
        int length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
        at += 10;
        if (at + length > message.Length)
        {
            return false;
        }

        var data = at;
        at += length;
        switch (type)
        {
            case DnsType.A when length == 4:
            case DnsType.Aaaa when length == 16:
                record = new DnsRecord(name, type, ttl, new IPAddress(message.Slice(data, length)), null);
                return true;
            case DnsType.Cname or DnsType.Ptr:
                var target = ReadName(message, ref data);
                record = target is null ? null : new DnsRecord(name, type, ttl, null, target);
                return target is not null;
            case DnsType.A or DnsType.Aaaa:
                return false;
            default:
                return true;
        }
    }

    // A pointer leads backwards only, so that none can go in a circle.
    private static string? ReadName(ReadOnlySpan<byte> message, ref int at)
    {
        var name = new StringBuilder();
        var (place, end, earliest) = (at, -1, at);
        while (place < message.Length)
        {
            int length = message[place];
            switch (length & 0xC0)
            {
                case 0xC0 when place + 1 < message.Length:
                    end = end < 0 ? place + 2 : end;
                    place = ((length & 0x3F) << 8) | message[place + 1];
                    if (place >= earliest)
                    {
                        return null;
                    }

                    earliest = place;
                    continue;
                case 0 when length == 0:
                    at = end < 0 ? place + 1 : end;
                    return name.ToString();
                case 0 when place + 1 + length <= message.Length && name.Length + length < MaxNameBytes:
                    name.Append(name.Length == 0 ? "" : ".").Append(Encoding.Latin1.GetString(message.Slice(place + 1, length)).ToLowerInvariant());
                    place += 1 + length;
                    continue;
                default:
                    return null;
            }
        }

        return null;
    }
}

/// <summary>Types of records.</summary>
internal enum DnsType
{
    A = 1,
    Cname = 5,
    Ptr = 12,
    Aaaa = 28,
}

/// <summary>A record of an answer.</summary>
internal sealed record DnsRecord(string Name, DnsType Type, TimeSpan TimeToLive, IPAddress? Address, string? Target);

/// <summary>An answer.</summary>
/// <param name="Code">0: there it is; 2: the server failed; 3: no such name; 5: refused.</param>
/// <param name="IsCut">It did not fit; ask over TCP.</param>
/// <param name="Records">Of the types that are read.</param>
internal sealed record DnsAnswer(int Code, bool IsCut, IReadOnlyList<DnsRecord> Records);
