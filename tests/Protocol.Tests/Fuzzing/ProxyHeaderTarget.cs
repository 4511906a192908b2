using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Headgate.Protocol.Proxy;
using Headgate.Testing.Fuzzing;

namespace Headgate.Protocol.Tests.Fuzzing;

/// <summary>
/// The PROXY v2 reader. It answers the same however the bytes are cut; it takes off exactly the header; what it accepts, written again, is the same
/// bytes but for nonce and MAC, and reads as the same header.
/// </summary>
internal sealed class ProxyHeaderTarget : IFuzzTarget
{
    private const int MacBytes = 32;
    private const int NonceBytes = 16;

    /// <summary>The key of gateway <c>gtw1</c>; the corpus is written under it.</summary>
    internal static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];

    private static readonly Func<string, byte[]?> s_keys = static gateway => gateway == "gtw1" ? Key : null;

    public string Name => "proxy-header";

    public IReadOnlyList<string> Outcomes { get; } = ["Ok", "OkWithOtherTlvs", "NeedMore", "Malformed", "UnknownGateway", "BadMac"];

    public IReadOnlyList<byte[]> Words { get; } = [[0x21, 0x11], [0x21, 0x21], [0x20, 0], [2, 0, 1, (byte)'a'], [0xE0, 0], [0xE0, 0, 53, 4, .. "gtw1"u8], [3, 0, 0], [0xFF, 0xFF], "gtw1"u8.ToArray(), "gtw2"u8.ToArray()];

    public int MaxBytes => ProxyHeader.MaxLength + 64;

    /// <summary>Most inputs get a length that fits and a MAC that is right, as a gateway could send them.</summary>
    public byte[] Repair(byte[] input, FuzzRandom random)
    {
        if (input.Length < 16 + MacBytes || random.OneIn(4))
        {
            return input;
        }

        BinaryPrimitives.WriteUInt16BigEndian(input.AsSpan(14), (ushort)(input.Length - 16));
        HMACSHA256.HashData(Key, input.AsSpan(0, input.Length - MacBytes), input.AsSpan(input.Length - MacBytes));
        return input;
    }

    public string Run(byte[] input, FuzzRandom random)
    {
        var whole = new ReadOnlySequence<byte>(input);
        var status = ProxyHeader.TryRead(ref whole, s_keys, out var header);
        FuzzException.Require((status == ProxyReadStatus.Ok) == header is not null, $"{status} with {header}");
        FuzzException.Require(status == ProxyReadStatus.Ok || whole.Length == input.Length, "bytes were taken of what is no header");

        var cut = Cut(input, random.Next(input.Length + 1), random.Next(input.Length + 1));
        var again = ProxyHeader.TryRead(ref cut, s_keys, out var same);
        FuzzException.Require(again == status && same == header && cut.Length == whole.Length, $"in pieces {again} {same}, as a whole {status} {header}");

        var prefix = new ReadOnlySequence<byte>(input, 0, random.Next(input.Length + 1));
        var early = ProxyHeader.TryRead(ref prefix, s_keys, out var part);
        FuzzException.Require(early == ProxyReadStatus.NeedMore || (early == status && part == header), $"early {early}, in the end {status}");
        return header is null ? status.ToString() : RequireSameWhenWritten(header, input.AsSpan(0, (int)(input.Length - whole.Length)));
    }

    private static string RequireSameWhenWritten(ProxyHeader header, ReadOnlySpan<byte> read)
    {
        var written = header.Write(Key);
        var buffer = new ReadOnlySequence<byte>(written);
        var isRead = ProxyHeader.TryRead(ref buffer, s_keys, out var same) == ProxyReadStatus.Ok;
        FuzzException.Require(
            isRead && same! with { Source = Plain(same.Source), Destination = Plain(same.Destination) }
                == header with { Source = Plain(header.Source), Destination = Plain(header.Destination) },
            $"{header} written and read again is {same}");

        // Only what Write itself leaves out makes another length: TLVs of others, addresses that are IPv4 within IPv6.
        if (written.Length != read.Length)
        {
            return "OkWithOtherTlvs";
        }

        var fixedBytes = read.Length - MacBytes - NonceBytes;
        FuzzException.Require(written.AsSpan(0, fixedBytes).SequenceEqual(read[..fixedBytes]), $"{header} is written in other bytes");
        return "Ok";
    }

    private static IPEndPoint Plain(IPEndPoint point) => new(point.Address.MapToIPv6(), point.Port);

    private static ReadOnlySequence<byte> Cut(byte[] bytes, int one, int other)
    {
        var (first, second) = (Math.Min(one, other), Math.Max(one, other));
        var start = new Piece(bytes.AsMemory(0, first), null);
        var end = new Piece(bytes.AsMemory(second), new Piece(bytes.AsMemory(first, second - first), start));
        return new(start, 0, end, end.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        internal Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                (before.Next, RunningIndex) = (this, before.RunningIndex + before.Memory.Length);
            }
        }
    }
}
