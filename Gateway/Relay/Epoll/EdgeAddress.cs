using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Headgate.Gateway.Limits;

namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// An address and port without an object. <c>sockaddr_in</c> is family(2, host order) port(2, network order) address(4) zero(8); <c>sockaddr_in6</c> is
/// family(2) port(2) flow(4) address(16) scope(4). A mapped IPv4 address is read as IPv4.
/// </summary>
internal readonly struct EdgeAddress
{
    /// <summary>Room for either form.</summary>
    public const int MaxBytes = 28;

    private const int InetBytes = 16;

    // In network order, read as big endian: IPv4 in the low half of _low.
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _scope;

    private EdgeAddress(bool isIPv6, ulong high, ulong low, uint scope, ushort port)
    {
        IsIPv6 = isIPv6;
        _high = high;
        _low = low;
        _scope = scope;
        Port = port;
    }

    public ushort Port { get; }

    public bool IsIPv6 { get; }

    public bool IsAny => (_high | _low) == 0;

    public int Family => IsIPv6 ? Libc.AddressInet6 : Libc.AddressInet;

    /// <summary>Whom limits count it as: the same as for <see cref="IPAddress"/>.</summary>
    public SourceKey Key => new(IsIPv6, IsIPv6 ? _high : _low);

    public static EdgeAddress Of(IPAddress address, int port)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? OfBytes(bytes, (uint)address.ScopeId, (ushort)port)
            : new EdgeAddress(false, 0, BinaryPrimitives.ReadUInt32BigEndian(bytes), 0, (ushort)port);
    }

    /// <summary>What the kernel wrote.</summary>
    public static EdgeAddress Read(ReadOnlySpan<byte> raw)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(raw[2..]);
        return MemoryMarshal.Read<ushort>(raw) == Libc.AddressInet6
            ? OfBytes(raw.Slice(8, 16), MemoryMarshal.Read<uint>(raw[24..]), port)
            : new EdgeAddress(false, 0, BinaryPrimitives.ReadUInt32BigEndian(raw[4..]), 0, port);
    }

    /// <summary>Writes what the kernel reads; returns how many bytes.</summary>
    public int Write(Span<byte> raw)
    {
        raw[..MaxBytes].Clear();
        MemoryMarshal.Write(raw, (ushort)Family);
        BinaryPrimitives.WriteUInt16BigEndian(raw[2..], Port);
        if (!IsIPv6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(raw[4..], (uint)_low);
            return InetBytes;
        }

        WriteAddress(raw[8..], asIPv6: true);
        MemoryMarshal.Write(raw[24..], _scope);
        return MaxBytes;
    }

    /// <summary>The address alone: 4 bytes, or 16 with IPv4 as mapped.</summary>
    public void WriteAddress(Span<byte> to, bool asIPv6)
    {
        if (!asIPv6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(to, (uint)_low);
            return;
        }

        BinaryPrimitives.WriteUInt64BigEndian(to, _high);
        BinaryPrimitives.WriteUInt64BigEndian(to[8..], IsIPv6 ? _low : 0xFFFF_0000_0000 | _low);
    }

    public IPEndPoint ToEndPoint()
    {
        Span<byte> bytes = stackalloc byte[IsIPv6 ? 16 : 4];
        WriteAddress(bytes, IsIPv6);
        return new IPEndPoint(IsIPv6 ? new IPAddress(bytes, _scope) : new IPAddress(bytes), Port);
    }

    public override string ToString() => ToEndPoint().ToString();

    private static EdgeAddress OfBytes(ReadOnlySpan<byte> bytes, uint scope, ushort port)
    {
        var high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        var low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        return high == 0 && low >> 32 == 0xFFFF
            ? new EdgeAddress(false, 0, (uint)low, 0, port)
            : new EdgeAddress(true, high, low, scope, port);
    }
}
