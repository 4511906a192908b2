using System.Text;
using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

public sealed class StreamHashTests
{
    /// <summary>The values of the published algorithm: another program must find the same.</summary>
    [Theory]
    [InlineData("", 0x0000000000000000)]
    [InlineData("a", 0x330284772E652B05)]
    [InlineData("123456789", 0x995DC9BBDF1939FA)]
    public void Value_OfKnownInputs_IsThePublishedOne(string text, ulong expected)
    {
        var hash = StreamHash.Create();
        hash.Append(Encoding.ASCII.GetBytes(text));
        Assert.Equal(expected, hash.Value);
    }

    [Fact]
    public void Append_SplitAnywhere_GivesTheSameValue()
    {
        // Long enough for each of the ways in which it is computed, and for their remainders.
        var bytes = Streams.Bytes(1500, 1);
        for (var length = 0; length <= bytes.Length; length += 67)
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

    /// <summary>Long pieces are folded with wide instructions, single bytes go through a table: both must find the same.</summary>
    [Fact]
    public void Append_OfLongPieces_GivesWhatSingleBytesGive()
    {
        var bytes = Streams.Bytes(70_000, 2);
        var single = StreamHash.Create();
        for (var length = 0; length <= bytes.Length; length++)
        {
            if (length % 997 == 0 || length < 1200)
            {
                var whole = StreamHash.Create();
                whole.Append(bytes.AsSpan(0, length));
                Assert.Equal(single.Value, whole.Value);
            }

            if (length < bytes.Length)
            {
                single.Append(bytes.AsSpan(length, 1));
            }
        }
    }
}
