using System.Net;
using System.Security.Authentication;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Listening;

public sealed class ClientHelloParserTests
{
    private const string Name = "r-abc.data.demo.test";

    [Theory]
    [InlineData(SslProtocols.Tls13)]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls12 | SslProtocols.Tls13)]
    public async Task TryParse_WhenSslStreamSentIt_FindsTheName(SslProtocols protocols) =>
        AssertFoundHoweverSplit(await CapturedHellos.OfSslStreamAsync(Name, protocols), Name);

    [Theory]
    [InlineData("-tls1_3")]
    [InlineData("-tls1_2")]
    [InlineData("-no_ticket")]
    public async Task TryParse_WhenOpenSslSentIt_FindsTheName(string flag) =>
        AssertFoundHoweverSplit(await OpenSslAsync("-servername", Name, flag), Name);

    [Fact]
    public async Task TryParse_WhenCurlSentIt_FindsTheName() => AssertFoundHoweverSplit(
        await CapturedHellos.OfProgramAsync("curl", to => ["-sk", "--max-time", "10", "--resolve", $"{Name}:{to.Port}:{to.Address}", $"https://{Name}:{to.Port}/"]),
        Name);

    [Fact]
    public async Task TryParse_WhenOpenSslSentNoName_IsOkWithoutOne()
    {
        var hello = await OpenSslAsync("-noservername");
        Assert.Equal(ClientHelloStatus.Ok, ClientHelloParser.TryParse(hello, out var parsed));
        Assert.Null(parsed.ServerName);
    }

    [Fact]
    public void TryParse_WhenGreaseIsSprinkled_FindsTheName() => AssertFoundHoweverSplit(
        new HelloBuilder { CipherSuites = [0x0A, 0x0A, 0x13, 0x01] }
            .Extension(0x1A1A, []).Extension(43, [4, 0x2A, 0x2A, 3, 4]).Name(Name).Extension(0xFAFA, [0]).Record(),
        Name);

    [Fact]
    public void TryParse_WhenTheKeyShareIsPostQuantum_FindsTheName() => AssertFoundHoweverSplit(
        new HelloBuilder().KeyShare(0x11EC, 2048).Name(Name).Record(), Name);

    [Fact]
    public void TryParse_WhenTheNameIsInUpperCase_LowersIt() => AssertFoundHoweverSplit(
        new HelloBuilder().Name("CC.Demo.TEST").Record(), "cc.demo.test");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(255)]
    public void TryParse_WhateverTheRecordVersion_FindsTheName(byte version) => AssertFound(
        HelloBuilder.Records(new HelloBuilder().Name(Name).Message(), int.MaxValue, version), Name);

    [Fact]
    public void TryParse_WhenMoreFollowsTheHello_FindsTheName() =>
        AssertFound([.. new HelloBuilder().Name(Name).Record(), 20, 3, 3, 0, 1, 1, 23, 3, 3], Name);

    [Fact]
    public void TryParse_WhenThereAreNoExtensionsAtAll_IsOkWithoutAName()
    {
        Assert.Equal(ClientHelloStatus.Ok, ClientHelloParser.TryParse(new HelloBuilder { HasExtensions = false }.Record(), out var hello));
        Assert.Null(hello.ServerName);
    }

    [Fact]
    public void TryParse_WhenTheExtensionComesTwice_IsMalformed() =>
        AssertMalformed(new HelloBuilder().Name(Name).Name(Name).Record(), ClientHelloFault.RepeatedExtension);

    [Fact]
    public void TryParse_WhenAnotherExtensionComesTwice_IsMalformed() =>
        AssertMalformed(new HelloBuilder().Name(Name).Extension(16, []).Extension(16, []).Record(), ClientHelloFault.RepeatedExtension);

    public static TheoryData<byte[]> BadServerNames => new()
    {
        HelloBuilder.ServerNameList((0, Name), (0, "other.test")),
        HelloBuilder.ServerNameList((0, Name), (1, "x")),
        HelloBuilder.ServerNameList((1, Name)),
        HelloBuilder.ServerNameList((0, "")),
        HelloBuilder.ServerNameList(),
        Array.Empty<byte>(),
        HelloBuilder.ServerNameList((0, Name + ".")),
        HelloBuilder.ServerNameList((0, "192.0.2.1")),
        HelloBuilder.ServerNameList((0, "0xc0.0x00.2.1")),
        HelloBuilder.ServerNameList((0, "2001:db8::1")),
        HelloBuilder.ServerNameList((0, "[2001:db8::1]")),
        HelloBuilder.ServerNameList((0, "3221225985")),
        HelloBuilder.ServerNameList((0, "a..b")),
        HelloBuilder.ServerNameList((0, ".a")),
        HelloBuilder.ServerNameList((0, "a b.test")),
        HelloBuilder.ServerNameList((0, "a\0.test")),
        HelloBuilder.ServerNameList((0, "*.demo.test")),
        HelloBuilder.ServerNameList((0, "m\u00fcller.test")),
        HelloBuilder.ServerNameList((0, new string('a', 64) + ".test")),
        HelloBuilder.ServerNameList((0, string.Join('.', Enumerable.Repeat("abcdefghi", 26)))),
        (byte[])[.. HelloBuilder.ServerNameList((0, Name)), 0],
    };

    [Theory]
    [MemberData(nameof(BadServerNames), DisableDiscoveryEnumeration = true)]
    public void TryParse_WhenTheServerNameCannotBe_IsMalformed(byte[] data) =>
        AssertMalformed(new HelloBuilder().Extension(0, data).Record(), ClientHelloFault.BadServerName);

    [Fact]
    public void TryParse_WhenTheLengthSaysTooLong_IsRefusedBeforeItArrives()
    {
        // 22 03 01, a full record, a hello of 65535 bytes: nine bytes are enough to know.
        AssertMalformed([22, 3, 1, 0x40, 0, 1, 0, 0xFF, 0xFF], ClientHelloFault.TooLong);
    }

    [Fact]
    public void TryParse_WhenFragmentsAddUpToTooLong_IsRefusedAtTheLimit()
    {
        var message = new HelloBuilder().KeyShare(1, 4000).Name(Name).Message();
        var bytes = HelloBuilder.Records(message, 1);
        Assert.True(bytes.Length > ClientHelloParser.MaxBytes);
        Assert.Equal(ClientHelloStatus.NeedMore, ClientHelloParser.TryParse(bytes.AsSpan(0, 9 * 6), out _));
        AssertMalformed(bytes[..ClientHelloParser.MaxBytes], ClientHelloFault.TooLong);
        AssertMalformed(bytes, ClientHelloFault.TooLong);
    }

    [Fact]
    public void TryParse_WhenItFillsTheLimitExactly_IsOk()
    {
        var without = new HelloBuilder().Name(Name).KeyShare(1, 0).Record().Length;
        var exact = new HelloBuilder().Name(Name).KeyShare(1, ClientHelloParser.MaxBytes - without).Record();
        Assert.Equal(ClientHelloParser.MaxBytes, exact.Length);
        AssertFound(exact, Name);
        AssertMalformed(new HelloBuilder().Name(Name).KeyShare(1, ClientHelloParser.MaxBytes - without + 1).Record(), ClientHelloFault.TooLong);
    }

    public static TheoryData<byte[], int> BadBytes => new()
    {
        { "GET / HTTP/1.1\r\n"u8.ToArray(), (int)ClientHelloFault.NotTls },
        { "SSH-2.0-x"u8.ToArray(), (int)ClientHelloFault.NotTls },
        { [0x80, 0x2E, 1, 3, 1], (int)ClientHelloFault.NotTls },
        { [22, 2, 0], (int)ClientHelloFault.NotTls },
        { [22, 3, 1, 0, 0], (int)ClientHelloFault.BadRecord },
        { [22, 3, 1, 0x40, 1], (int)ClientHelloFault.BadRecord },
        { [22, 3, 1, 0, 1, 1, 21, 3, 1, 0, 2, 2, 40], (int)ClientHelloFault.BadRecord },
        { [22, 3, 1, 0, 4, 2, 0, 0, 0], (int)ClientHelloFault.BadHello },
        { [22, 3, 1, 0, 4, 1, 0, 0, 0], (int)ClientHelloFault.BadHello },
        { new HelloBuilder { SessionId = new byte[33] }.Name(Name).Record(), (int)ClientHelloFault.BadHello },
        { new HelloBuilder { CipherSuites = [] }.Name(Name).Record(), (int)ClientHelloFault.BadHello },
        { new HelloBuilder { CipherSuites = [1, 2, 3] }.Name(Name).Record(), (int)ClientHelloFault.BadHello },
        { new HelloBuilder { Compression = [] }.Name(Name).Record(), (int)ClientHelloFault.BadHello },
    };

    [Theory]
    [MemberData(nameof(BadBytes), DisableDiscoveryEnumeration = true)]
    public void TryParse_WhenTheBytesCannotBecomeAHello_SaysWhy(byte[] bytes, int fault) => AssertMalformed(bytes, (ClientHelloFault)fault);

    [Fact]
    public void TryParse_WhenTheHelloIsInOneRecord_AllocatesNoCopyOfIt()
    {
        var hello = new HelloBuilder().KeyShare(0x11EC, 1216).Name(Name).Record();
        ClientHelloParser.TryParse(hello, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            ClientHelloParser.TryParse(hello, out _);
            ClientHelloParser.TryParse(hello.AsSpan(0, 600), out _);
        }

        // The name as a string and little else; the hello is 1.4 KiB.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 * 200);
    }

    private static Task<byte[]> OpenSslAsync(params string[] flags) =>
        CapturedHellos.OfProgramAsync("openssl", (IPEndPoint to) => ["s_client", "-connect", to.ToString(), .. flags]);

    private static void AssertFound(byte[] bytes, string name)
    {
        Assert.Equal(ClientHelloStatus.Ok, ClientHelloParser.TryParse(bytes, out var hello));
        Assert.Equal((name, ClientHelloFault.None), (hello.ServerName, hello.Fault));
    }

    private static void AssertMalformed(byte[] bytes, ClientHelloFault fault)
    {
        Assert.Equal(ClientHelloStatus.Malformed, ClientHelloParser.TryParse(bytes, out var hello));
        Assert.Equal(fault, hello.Fault);
    }

    /// <summary>One record cut at every byte; two records cut at every byte of the message; one record for each byte.</summary>
    private static void AssertFoundHoweverSplit(byte[] record, string name)
    {
        AssertFound(record, name);
        for (var length = 0; length < record.Length; length++)
        {
            Assert.Equal(ClientHelloStatus.NeedMore, ClientHelloParser.TryParse(record.AsSpan(0, length), out _));
        }

        var message = record[5..];
        for (var first = 1; first < message.Length; first++)
        {
            AssertFound(HelloBuilder.TwoRecords(message, first), name);
        }

        foreach (var fragment in (int[])[1, 2, 3, 5, 7, 64, 1000])
        {
            var records = HelloBuilder.Records(message, fragment);
            AssertFound(records, name);
            for (var length = 0; length < records.Length; length += 11)
            {
                Assert.Equal(ClientHelloStatus.NeedMore, ClientHelloParser.TryParse(records.AsSpan(0, length), out _));
            }
        }
    }
}
