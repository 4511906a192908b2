using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Headgate.Protocol.Resume;

/// <summary>
/// XXH64 with seed 0 over a stream that comes in pieces; the value can be taken at any point, and a copy of the struct is a snapshot.
/// It finds mistakes, not forgery: every leg is authenticated by TLS and by a MAC over the value. About a tenth of the cost of SHA-256.
/// </summary>
internal struct StreamHash
{
    private const int StripeBytes = 32;
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;

    private ulong _lane1;
    private ulong _lane2;
    private ulong _lane3;
    private ulong _lane4;
    private ulong _length;
    private Rest _rest;

    /// <summary>The hash of no bytes so far.</summary>
    public static StreamHash Create() => new() { _lane1 = unchecked(Prime1 + Prime2), _lane2 = Prime2, _lane3 = 0, _lane4 = unchecked(0 - Prime1) };

    /// <summary>Takes the next bytes in.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var waiting = (int)(_length % StripeBytes);
        _length += (ulong)bytes.Length;
        Span<byte> rest = _rest;
        if (waiting > 0)
        {
            var taken = Math.Min(StripeBytes - waiting, bytes.Length);
            bytes[..taken].CopyTo(rest[waiting..]);
            bytes = bytes[taken..];
            if (waiting + taken < StripeBytes)
            {
                return;
            }

            Mix(rest);
        }

        var whole = bytes.Length - (bytes.Length % StripeBytes);
        Mix(bytes[..whole]);
        bytes[whole..].CopyTo(rest);
    }

    /// <summary>The hash of everything so far.</summary>
    public readonly ulong Value
    {
        get
        {
            var hash = _length < StripeBytes
                ? Prime5
                : Merge(
                    Merge(
                        Merge(
                            Merge(
                                BitOperations.RotateLeft(_lane1, 1) + BitOperations.RotateLeft(_lane2, 7) + BitOperations.RotateLeft(_lane3, 12) + BitOperations.RotateLeft(_lane4, 18),
                                _lane1),
                            _lane2),
                        _lane3),
                    _lane4);
            return Finish(hash + _length, ((ReadOnlySpan<byte>)_rest)[..(int)(_length % StripeBytes)]);
        }
    }

    private static ulong Finish(ulong hash, ReadOnlySpan<byte> rest)
    {
        for (; rest.Length >= 8; rest = rest[8..])
        {
            hash = (BitOperations.RotateLeft(hash ^ Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest)), 27) * Prime1) + Prime4;
        }

        if (rest.Length >= 4)
        {
            hash = (BitOperations.RotateLeft(hash ^ (BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime1), 23) * Prime2) + Prime3;
            rest = rest[4..];
        }

        foreach (var last in rest)
        {
            hash = BitOperations.RotateLeft(hash ^ (last * Prime5), 11) * Prime1;
        }

        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    private void Mix(ReadOnlySpan<byte> stripes)
    {
        var (lane1, lane2, lane3, lane4) = (_lane1, _lane2, _lane3, _lane4);
        for (; stripes.Length >= StripeBytes; stripes = stripes[StripeBytes..])
        {
            lane1 = Round(lane1, BinaryPrimitives.ReadUInt64LittleEndian(stripes));
            lane2 = Round(lane2, BinaryPrimitives.ReadUInt64LittleEndian(stripes[8..]));
            lane3 = Round(lane3, BinaryPrimitives.ReadUInt64LittleEndian(stripes[16..]));
            lane4 = Round(lane4, BinaryPrimitives.ReadUInt64LittleEndian(stripes[24..]));
        }

        (_lane1, _lane2, _lane3, _lane4) = (lane1, lane2, lane3, lane4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Round(ulong lane, ulong value) => BitOperations.RotateLeft(lane + (value * Prime2), 31) * Prime1;

    private static ulong Merge(ulong hash, ulong lane) => ((hash ^ Round(0, lane)) * Prime1) + Prime4;

    [InlineArray(StripeBytes)]
    private struct Rest
    {
        private byte _first;
    }
}
