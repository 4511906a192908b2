using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;

namespace Headgate.Protocol.Resume;

/// <summary>
/// CRC-64/XZ (polynomial 0x42F0E1EBA9EA3693, reflected, all ones at the beginning and inverted at the end) over a stream that comes in pieces; the value can
/// be taken at any point, and a copy of the struct is a snapshot. It finds mistakes, not forgery: every leg is authenticated by TLS and by a MAC over
/// the value.
/// </summary>
/// <remarks>
/// The remainder is linear, so blocks of 256 or 64 bytes are folded onto the next one by carry-less multiplications with the powers of x that lie between them;
/// what is left at the end goes through tables, as everything does on a processor that has no such instruction.
/// </remarks>
internal struct StreamHash
{
    private const ulong Polynomial = 0xC96C5795D7870F42;
    private const int Lanes = 4;
    private const int NarrowBytes = 16;
    private const int WideBytes = 64;

    private static readonly ulong[] s_tables = MakeTables();
    private static readonly Vector128<ulong> s_narrowStride = Multiplier(8 * Lanes * NarrowBytes);
    private static readonly Vector128<ulong> s_narrowLane = Multiplier(8 * NarrowBytes);
    private static readonly Vector512<ulong> s_wideStride = Widen(Multiplier(8 * Lanes * WideBytes));
    private static readonly Vector512<ulong> s_wideLane = Widen(Multiplier(8 * WideBytes));

    private ulong _state;

    /// <summary>The hash of no bytes so far.</summary>
    public static StreamHash Create() => new() { _state = ulong.MaxValue };

    /// <summary>The hash of everything so far.</summary>
    public readonly ulong Value => ~_state;

    /// <summary>Takes the next bytes in.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (Pclmulqdq.V512.IsSupported && bytes.Length >= 2 * Lanes * WideBytes)
        {
            var folded = bytes.Length - (bytes.Length % WideBytes);
            _state = FoldWide(_state, bytes[..folded]);
            bytes = bytes[folded..];
        }

        if ((Pclmulqdq.IsSupported || ArmAes.IsSupported) && bytes.Length >= 2 * Lanes * NarrowBytes)
        {
            var folded = bytes.Length - (bytes.Length % NarrowBytes);
            _state = FoldNarrow(_state, bytes[..folded]);
            bytes = bytes[folded..];
        }

        _state = ByTables(_state, bytes);
    }

    // Both folds run for most of a stream's time from the first byte on: they are compiled well at once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong FoldWide(ulong state, ReadOnlySpan<byte> bytes)
    {
        ref var from = ref MemoryMarshal.GetReference(bytes);
        var lane0 = LoadWide(ref from, 0) ^ Vector512.CreateScalar(state);
        var lane1 = LoadWide(ref from, WideBytes);
        var lane2 = LoadWide(ref from, 2 * WideBytes);
        var lane3 = LoadWide(ref from, 3 * WideBytes);
        var (at, end) = ((nuint)(Lanes * WideBytes), (nuint)bytes.Length);
        for (var stride = s_wideStride; at + (Lanes * WideBytes) <= end; at += Lanes * WideBytes)
        {
            lane0 = Multiply(lane0, stride) ^ LoadWide(ref from, at);
            lane1 = Multiply(lane1, stride) ^ LoadWide(ref from, at + WideBytes);
            lane2 = Multiply(lane2, stride) ^ LoadWide(ref from, at + (2 * WideBytes));
            lane3 = Multiply(lane3, stride) ^ LoadWide(ref from, at + (3 * WideBytes));
        }

        var by = s_wideLane;
        var all = Multiply(Multiply(Multiply(lane0, by) ^ lane1, by) ^ lane2, by) ^ lane3;
        for (; at < end; at += WideBytes)
        {
            all = Multiply(all, by) ^ LoadWide(ref from, at);
        }

        Span<byte> rest = stackalloc byte[WideBytes];
        all.AsByte().CopyTo(rest);
        return ByTables(0, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong FoldNarrow(ulong state, ReadOnlySpan<byte> bytes)
    {
        ref var from = ref MemoryMarshal.GetReference(bytes);
        var lane0 = LoadNarrow(ref from, 0) ^ Vector128.CreateScalar(state);
        var lane1 = LoadNarrow(ref from, NarrowBytes);
        var lane2 = LoadNarrow(ref from, 2 * NarrowBytes);
        var lane3 = LoadNarrow(ref from, 3 * NarrowBytes);
        var (at, end) = ((nuint)(Lanes * NarrowBytes), (nuint)bytes.Length);
        for (var stride = s_narrowStride; at + (Lanes * NarrowBytes) <= end; at += Lanes * NarrowBytes)
        {
            lane0 = Multiply(lane0, stride) ^ LoadNarrow(ref from, at);
            lane1 = Multiply(lane1, stride) ^ LoadNarrow(ref from, at + NarrowBytes);
            lane2 = Multiply(lane2, stride) ^ LoadNarrow(ref from, at + (2 * NarrowBytes));
            lane3 = Multiply(lane3, stride) ^ LoadNarrow(ref from, at + (3 * NarrowBytes));
        }

        var by = s_narrowLane;
        var all = Multiply(Multiply(Multiply(lane0, by) ^ lane1, by) ^ lane2, by) ^ lane3;
        for (; at < end; at += NarrowBytes)
        {
            all = Multiply(all, by) ^ LoadNarrow(ref from, at);
        }

        Span<byte> rest = stackalloc byte[NarrowBytes];
        all.AsByte().CopyTo(rest);
        return ByTables(0, rest);
    }

    private static ulong ByTables(ulong state, ReadOnlySpan<byte> bytes)
    {
        var tables = s_tables;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            state ^= BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            state = tables[(7 * 256) + (byte)state] ^ tables[(6 * 256) + (byte)(state >> 8)] ^ tables[(5 * 256) + (byte)(state >> 16)] ^ tables[(4 * 256) + (byte)(state >> 24)]
                ^ tables[(3 * 256) + (byte)(state >> 32)] ^ tables[(2 * 256) + (byte)(state >> 40)] ^ tables[256 + (byte)(state >> 48)] ^ tables[(byte)(state >> 56)];
        }

        foreach (var one in bytes)
        {
            state = tables[(byte)(state ^ one)] ^ (state >> 8);
        }

        return state;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> LoadWide(ref byte from, nuint at) => Vector512.LoadUnsafe(ref from, at).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> LoadNarrow(ref byte from, nuint at) => Vector128.LoadUnsafe(ref from, at).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Multiply(Vector512<ulong> lane, Vector512<ulong> by) =>
        Pclmulqdq.V512.CarrylessMultiply(lane, by, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(lane, by, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Multiply(Vector128<ulong> lane, Vector128<ulong> by) => Pclmulqdq.IsSupported
        ? Pclmulqdq.CarrylessMultiply(lane, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(lane, by, 0x11)
        : ArmAes.PolynomialMultiplyWideningLower(lane.GetLower(), by.GetLower()) ^ ArmAes.PolynomialMultiplyWideningUpper(lane, by);

    /// <summary>Table n gives what a byte becomes when n more bytes have followed it.</summary>
    private static ulong[] MakeTables()
    {
        var tables = new ulong[sizeof(ulong) * 256];
        for (var one = 0; one < 256; one++)
        {
            tables[one] = TimesX((ulong)one, 8);
        }

        for (var entry = 256; entry < tables.Length; entry++)
        {
            tables[entry] = tables[(byte)tables[entry - 256]] ^ (tables[entry - 256] >> 8);
        }

        return tables;
    }

    /// <summary>
    /// What moves 16 bytes over so many bits: the first 8 of them, which lie 64 bits further on, in the lower half. The product of two reflected numbers is one
    /// bit lower than their place, hence the 1.
    /// </summary>
    private static Vector128<ulong> Multiplier(int bits) => Vector128.Create(TimesX(1UL << 63, bits + 64 - 1), TimesX(1UL << 63, bits - 1));

    private static Vector512<ulong> Widen(Vector128<ulong> by) => Vector512.Create(Vector256.Create(by, by), Vector256.Create(by, by));

    private static ulong TimesX(ulong number, int times)
    {
        for (; times > 0; times--)
        {
            number = (number >> 1) ^ ((number & 1) == 0 ? 0 : Polynomial);
        }

        return number;
    }
}
