using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using Headgate.Protocol.Proxy;

namespace Headgate.Protocol.Tests.Proxy;

public sealed class ProxyHeaderTests
{
    private static readonly byte[] s_key = RandomNumberGenerator.GetBytes(32);

    public static TheoryData<string, string> Addresses => new()
    {
        { "192.0.2.7:40000", "198.51.100.1:6180" },
        { "[2001:db8::7]:40000", "[2001:db8::1]:6180" },
        { "[::ffff:192.0.2.7]:40000", "198.51.100.1:6180" },
        { "192.0.2.7:40000", "[2001:db8::1]:6180" },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public void TryRead_WhenItWasWritten_IsTheSame(string source, string destination)
    {
        var header = new ProxyHeader(IPEndPoint.Parse(source), IPEndPoint.Parse(destination), "cc.backup.example.com", "gtw1");
        var buffer = new ReadOnlySequence<byte>([.. header.Write(s_key), 1, 2, 3]);
        Assert.Equal(ProxyReadStatus.Ok, ProxyHeader.TryRead(ref buffer, KeyOf, out var read));
        Assert.Equal(3, buffer.Length);
        Assert.Equal("cc.backup.example.com", read!.Authority);
        Assert.Equal("gtw1", read.Gateway);
        Assert.Equal(header.Source.Port, read.Source.Port);
        Assert.Equal(header.Source.Address.MapToIPv6(), read.Source.Address.MapToIPv6());
        Assert.Equal(header.Destination.Address.MapToIPv6(), read.Destination.Address.MapToIPv6());
    }

    [Fact]
    public void TryRead_WhenSplitAtEveryByte_NeedsMoreAndThenReads()
    {
        var bytes = Header().Write(s_key);
        for (var length = 0; length < bytes.Length; length++)
        {
            var part = new ReadOnlySequence<byte>(bytes, 0, length);
            Assert.Equal(ProxyReadStatus.NeedMore, ProxyHeader.TryRead(ref part, KeyOf, out _));
            Assert.Equal(length, part.Length);
        }
    }

    [Fact]
    public void TryRead_WhenAnyByteChanges_IsRefused()
    {
        var bytes = Header().Write(s_key);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 0x01;
            var buffer = new ReadOnlySequence<byte>(changed);
            Assert.NotEqual(ProxyReadStatus.Ok, ProxyHeader.TryRead(ref buffer, KeyOf, out var header));
            Assert.Null(header);
        }
    }

    [Fact]
    public void TryRead_WhenTheGatewayIsNotRegistered_SaysSo()
    {
        var buffer = new ReadOnlySequence<byte>((Header() with { Gateway = "gtw9" }).Write(s_key));
        Assert.Equal(ProxyReadStatus.UnknownGateway, ProxyHeader.TryRead(ref buffer, KeyOf, out _));
    }

    [Fact]
    public void TryRead_WhenTheKeyIsOfAnotherTarget_IsBadMac()
    {
        var buffer = new ReadOnlySequence<byte>(Header().Write(RandomNumberGenerator.GetBytes(32)));
        Assert.Equal(ProxyReadStatus.BadMac, ProxyHeader.TryRead(ref buffer, KeyOf, out _));
    }

    [Fact]
    public void TryRead_WhenNotOurs_IsMalformedAtOnce()
    {
        foreach (var bytes in new[] { "GET / HTTP/1.1"u8.ToArray(), [0x16, 0x03, 0x01], "PROXY TCP4 "u8.ToArray() })
        {
            var buffer = new ReadOnlySequence<byte>(bytes);
            Assert.Equal(ProxyReadStatus.Malformed, ProxyHeader.TryRead(ref buffer, KeyOf, out _));
        }
    }

    [Fact]
    public void TryRead_WhenFuzzed_NeverThrowsAndNeverAccepts()
    {
        var random = new Random(20261121);
        var whole = Header().Write(s_key);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = whole.ToArray();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            }

            var length = random.Next(bytes.Length + 1);
            var buffer = new ReadOnlySequence<byte>(bytes, 0, length);
            if (!bytes.AsSpan().SequenceEqual(whole))
            {
                Assert.NotEqual(ProxyReadStatus.Ok, ProxyHeader.TryRead(ref buffer, KeyOf, out _));
            }
        }
    }

    private static byte[]? KeyOf(string gateway) => gateway == "gtw1" ? s_key : null;

    private static ProxyHeader Header() =>
        new(new IPEndPoint(IPAddress.Parse("192.0.2.7"), 40000), new IPEndPoint(IPAddress.Parse("198.51.100.1"), 6180), "cc.backup.example.com", "gtw1");
}
