using System.Net;
using Headgate.Gateway.Doctor;

namespace Headgate.Gateway.Tests.Doctor;

public sealed class DnsMessageTests
{
    private const ushort Id = 0x1234;

    // id, answer with recursion, one question, two answers: cc.demo.test CNAME edge.demo.test (300 s); edge.demo.test A 192.0.2.7 (60 s).
    private static readonly byte[] s_answer =
    [
        0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0,
        2, (byte)'c', (byte)'c', 4, (byte)'d', (byte)'e', (byte)'m', (byte)'o', 4, (byte)'t', (byte)'e', (byte)'s', (byte)'t', 0, 0, 1, 0, 1,
        0xC0, 12, 0, 5, 0, 1, 0, 0, 1, 0x2C, 0, 7, 4, (byte)'e', (byte)'d', (byte)'g', (byte)'e', 0xC0, 15,
        0xC0, 42, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7,
    ];

    [Fact]
    public void Read_OfCompressedNames_FollowsThem()
    {
        var answer = DnsMessage.Read(s_answer, Id)!;
        Assert.Equal((0, false), (answer.Code, answer.IsCut));
        Assert.Equal(new DnsRecord("cc.demo.test", DnsType.Cname, TimeSpan.FromSeconds(300), null, "edge.demo.test"), answer.Records[0]);
        Assert.Equal(new DnsRecord("edge.demo.test", DnsType.A, TimeSpan.FromSeconds(60), IPAddress.Parse("192.0.2.7"), null), answer.Records[1]);
    }

    [Fact]
    public void Read_CutAnywhere_IsNoAnswer()
    {
        for (var length = 0; length < s_answer.Length; length++)
        {
            Assert.Null(DnsMessage.Read(s_answer.AsSpan(0, length), Id));
        }
    }

    [Fact]
    public void Read_OfAnotherQuestionsAnswer_IsNone()
    {
        Assert.Null(DnsMessage.Read(s_answer, Id + 1));
        Assert.Null(DnsMessage.Read(DnsMessage.Question(Id, "cc.demo.test", DnsType.A), Id));
    }

    [Theory]
    [InlineData(30)]
    [InlineData(49)]
    public void Read_WhereANameLeadsToItselfOrForward_Ends(int pointer)
    {
        var circle = (byte[])s_answer.Clone();
        circle[pointer + 1] = (byte)pointer;
        Assert.Null(DnsMessage.Read(circle, Id));
    }

    [Fact]
    public void Read_OfAnythingAtAll_NeverThrows()
    {
        var random = new Random(11);
        for (var round = 0; round < 20_000; round++)
        {
            var message = (byte[])s_answer.Clone();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                message[random.Next(2, message.Length)] = (byte)random.Next(256);
            }

            _ = DnsMessage.Read(message.AsSpan(0, random.Next(message.Length + 1)), Id);
        }
    }

    [Theory]
    [InlineData("192.0.2.7", "7.2.0.192.in-addr.arpa")]
    [InlineData("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public void Reverse_OfAnAddress_IsItsName(string address, string name) => Assert.Equal(name, DnsResolver.Reverse(IPAddress.Parse(address)));
}
