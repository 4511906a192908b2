using System.Security.Authentication;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Tests.Support;
using Headgate.Protocol.Naming;

namespace Headgate.Gateway.Tests.Listening;

public sealed class ClientHelloFuzzTests
{
    private const int Inputs = 10_000;
    private const int Seed = 20260;

    [Fact]
    public async Task TryParse_Whatever10000InputsHold_AnswersOneOfThreeAndStaysWithIt()
    {
        byte[][] corpus =
        [
            await CapturedHellos.OfSslStreamAsync("fuzz.demo.test", SslProtocols.Tls13),
            await CapturedHellos.OfSslStreamAsync("fuzz.demo.test", SslProtocols.Tls12),
            new HelloBuilder().KeyShare(0x11EC, 2048).Name("pq.demo.test").Record(),
            HelloBuilder.Records(new HelloBuilder().Name("split.demo.test").Message(), 7),
            new HelloBuilder().Name("a.test").Name("b.test").Record(),
            new HelloBuilder().Extension(0, HelloBuilder.ServerNameList((0, "a.test"), (0, "b.test"))).Record(),
            new HelloBuilder { HasExtensions = false }.Record(),
        ];
        var random = new Random(Seed);
        var seen = new Dictionary<ClientHelloStatus, int>();
        for (var i = 0; i < Inputs; i++)
        {
            var input = Mutate(random, corpus);
            var status = ClientHelloParser.TryParse(input, out var hello);
            seen[status] = seen.GetValueOrDefault(status) + 1;
            AssertConsistent(i, status, hello);

            // More bytes never take back an answer.
            var part = ClientHelloParser.TryParse(input.AsSpan(0, random.Next(input.Length + 1)), out var early);
            Assert.True(part == ClientHelloStatus.NeedMore || (part == status && early.ServerName == hello.ServerName), $"Input {i}: {part}, then {status}.");
        }

        Assert.True(seen.GetValueOrDefault(ClientHelloStatus.Ok) > 100, "The mutations leave too few hellos whole to say anything.");
        Assert.True(seen.GetValueOrDefault(ClientHelloStatus.NeedMore) > 100);
        Assert.True(seen.GetValueOrDefault(ClientHelloStatus.Malformed) > 100);
    }

    private static void AssertConsistent(int input, ClientHelloStatus status, ClientHello hello)
    {
        var name = hello.ServerName;
        var consistent = status switch
        {
            ClientHelloStatus.NeedMore => name is null && hello.Fault == ClientHelloFault.None,
            ClientHelloStatus.Ok => (name is null || (ZoneNames.IsDnsName(name) && name == name.ToLowerInvariant())) && hello.Fault == ClientHelloFault.None,
            ClientHelloStatus.Malformed => name is null && hello.Fault != ClientHelloFault.None,
            _ => false,
        };
        Assert.True(consistent, $"Input {input}: {status}, {hello}.");
    }

    private static byte[] Mutate(Random random, byte[][] corpus)
    {
        var bytes = corpus[random.Next(corpus.Length)].ToArray();
        switch (random.Next(6))
        {
            case 0:
                random.NextBytes(bytes);
                return bytes;
            case 1:
                bytes = bytes[..random.Next(bytes.Length + 1)];
                break;
            case 2:
                var other = corpus[random.Next(corpus.Length)];
                bytes = [.. bytes[..random.Next(bytes.Length)], .. other[random.Next(other.Length)..]];
                break;
            case 3:
                bytes = HelloBuilder.Records(bytes[5..], 1 + random.Next(300));
                break;
            default:
                break;
        }

        for (var flips = random.Next(4); flips > 0 && bytes.Length > 0; flips--)
        {
            // Length fields stand early; half of the flips go there.
            var at = random.Next(2) == 0 ? random.Next(Math.Min(bytes.Length, 64)) : random.Next(bytes.Length);
            bytes[at] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)(bytes[at] ^ 1 << random.Next(8));
        }

        return bytes;
    }
}
