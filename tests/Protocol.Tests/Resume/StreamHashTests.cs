using System.Text;
using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

public sealed class StreamHashTests
{
    /// <summary>The values of the published algorithm: another program must find the same.</summary>
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    public void Value_OfKnownInputs_IsThePublishedOne(string text, ulong expected)
    {
        var hash = StreamHash.Create();
        hash.Append(Encoding.ASCII.GetBytes(text));
        Assert.Equal(expected, hash.Value);
    }

    [Fact]
    public void Append_SplitAnywhere_GivesTheSameValue()
    {
        var bytes = Streams.Bytes(200, 1);
        for (var length = 0; length <= bytes.Length; length += 7)
        {
            var whole = StreamHash.Create();
            whole.Append(bytes.AsSpan(0, length));
            for (var split = 0; split <= length; split++)
            {
                var parts = StreamHash.Create();
                parts.Append(bytes.AsSpan(0, split));
                var snapshot = parts;
                parts.Append(bytes.AsSpan(split, length - split));
                Assert.Equal(whole.Value, parts.Value);
                snapshot.Append(bytes.AsSpan(split, length - split));
                Assert.Equal(whole.Value, snapshot.Value);
            }
        }
    }
}
