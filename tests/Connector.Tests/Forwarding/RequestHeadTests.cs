using System.Text;
using Headgate.Connector.Forwarding;

namespace Headgate.Connector.Tests.Forwarding;

public sealed class RequestHeadTests
{
    private readonly LoopbackSecret _secret = new();

    private string Right => "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"headgate:{_secret.Password}"));

    [Theory]
    [InlineData("GET /x/config HTTP/1.1\r\nHost: a\r\nAuthorization: RIGHT\r\n\r\n", HeadVerdict.Accepted)]
    [InlineData("GET / HTTP/1.1\r\nauthorization:RIGHT \r\n\r\n", HeadVerdict.Accepted)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", HeadVerdict.Unauthorized)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", HeadVerdict.Unauthorized)]
    [InlineData("GET / HTTP/1.1\r\nAuthorization: RIGHT\r\nAuthorization: RIGHT\r\n\r\n", HeadVerdict.Unauthorized)]
    [InlineData("GET / HTTP/1.1\r\nX-Authorization: RIGHT\r\n\r\n", HeadVerdict.Unauthorized)]
    [InlineData("GET / HTTP/1.1\r\nAuthorization: RIGHTA\r\n\r\n", HeadVerdict.Unauthorized)]
    [InlineData("GET / HTTP/1.1\r\nAuthorization: Basic\r\n\r\n", HeadVerdict.Unauthorized)]
    [InlineData("GET / HTTP/1.1\r\nAuthorization: Basic !!!!\r\n\r\n", HeadVerdict.Unauthorized)]
    [InlineData("GET / HTTP/1.1\r\nAuthorization: Bearer x\r\n\r\n", HeadVerdict.Unauthorized)]
    [InlineData("GET / HTTP/1.1\r\nAuthorization: Basic aGVhZGdhdGU6\r\n\r\n", HeadVerdict.Unauthorized)]
    [InlineData("GET / HTTP/1.0\r\nAuthorization: RIGHT\r\n\r\n", HeadVerdict.Malformed)]
    [InlineData("GET / HTTP/1.1\r\nAuthorization : RIGHT\r\n\r\n", HeadVerdict.Malformed)]
    [InlineData("GET / HTTP/1.1\r\nX: a\r\n Authorization: RIGHT\r\n\r\n", HeadVerdict.Malformed)]
    [InlineData("GET / HTTP/1.1\r\nnonsense\r\n\r\n", HeadVerdict.Malformed)]
    [InlineData("\r\n\r\n", HeadVerdict.Malformed)]
    [InlineData("nonsense\r\n\r\n", HeadVerdict.Malformed)]
    [InlineData("GET  HTTP/1.1\r\nAuthorization: RIGHT\r\n\r\n", HeadVerdict.Malformed)]
    internal void Judge_OfAHead_IsAsTheSecretSays(string head, HeadVerdict verdict)
    {
        var bytes = Encoding.ASCII.GetBytes(head.Replace("RIGHT", Right, StringComparison.Ordinal));
        Assert.Equal(bytes.Length, RequestHead.LengthOf(bytes));
        Assert.Equal(verdict, RequestHead.Judge(bytes, _secret));
    }

    [Fact]
    public void Judge_OfEveryOtherPassword_IsUnauthorized()
    {
        for (var i = 0; i < _secret.Password.Length; i++)
        {
            var wrong = _secret.Password.ToCharArray();
            wrong[i] = wrong[i] == '0' ? '1' : '0';
            Assert.False(_secret.Matches(Encoding.ASCII.GetBytes("headgate:" + new string(wrong))));
            Assert.False(_secret.Matches(Encoding.ASCII.GetBytes("headgate:" + _secret.Password[..i])));
        }

        Assert.False(_secret.Matches(Encoding.ASCII.GetBytes("root:" + _secret.Password)));
        Assert.False(_secret.Matches([]));
        Assert.True(_secret.Matches(Encoding.ASCII.GetBytes("headgate:" + _secret.Password)));
    }

    [Fact]
    public void Password_OfEachRun_IsAnother() => Assert.NotEqual(new LoopbackSecret().Password, new LoopbackSecret().Password);

    [Fact]
    public void LengthOf_AnyPart_IsUnknownUntilTheEmptyLine()
    {
        var head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8;
        for (var i = 0; i < head.Length; i++)
        {
            Assert.Equal(-1, RequestHead.LengthOf(head[..i]));
        }
    }

    [Fact]
    public void Judge_OfTenThousandMutations_NeverThrowsAndNeverAcceptsWithoutTheSecret()
    {
        var random = new Random(20260101);
        var whole = Encoding.ASCII.GetBytes($"GET /x/config HTTP/1.1\r\nHost: a\r\nAuthorization: {Right}\r\nX: y\r\n\r\n");
        var encoded = Encoding.ASCII.GetBytes(Right["Basic ".Length..]);
        for (var i = 0; i < 10_000; i++)
        {
            var head = (byte[])whole.Clone();
            for (var n = random.Next(1, 5); n > 0; n--)
            {
                head[random.Next(head.Length)] = (byte)random.Next(256);
            }

            var length = RequestHead.LengthOf(head);
            if (length >= 0 && RequestHead.Judge(head.AsSpan(0, length), _secret) == HeadVerdict.Accepted)
            {
                Assert.True(head.AsSpan(0, length).IndexOf(encoded) >= 0, Encoding.Latin1.GetString(head));
            }
        }
    }
}
