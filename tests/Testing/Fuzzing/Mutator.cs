using System.Buffers.Binary;

namespace Headgate.Testing.Fuzzing;

/// <summary>Makes inputs from others: one to four small changes to a member of the corpus, or to two of them joined.</summary>
/// <param name="corpus">What to start from; not empty.</param>
/// <param name="words">What the format is made of: put in, and put over what is there.</param>
/// <param name="maxBytes">The longest input that is made.</param>
public sealed class Mutator(IReadOnlyList<byte[]> corpus, IReadOnlyList<byte[]> words, int maxBytes)
{
    private const int MaxChanges = 4;
    private static readonly byte[] s_edges = [0, 1, 0x7F, 0x80, 0xFF, (byte)' ', (byte)'/', (byte)'.', (byte)'%', (byte)':', (byte)'\r', (byte)'\n'];

    /// <summary>The next input.</summary>
    public byte[] Next(FuzzRandom random)
    {
        var bytes = new List<byte>(corpus[random.Next(corpus.Count)]);
        for (var changes = 1 + random.Next(MaxChanges); changes > 0; changes--)
        {
            Change(bytes, random);
        }

        return bytes.Count > maxBytes ? [.. bytes[..maxBytes]] : [.. bytes];
    }

    private void Change(List<byte> bytes, FuzzRandom random)
    {
        // Length fields and methods stand early; half of the changes go there.
        var at = random.OneIn(2) ? random.Next(Math.Min(bytes.Count, 64)) : random.Next(bytes.Count);
        switch (bytes.Count == 0 ? 2 : random.Next(11))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = random.OneIn(2) ? s_edges[random.Next(s_edges.Length)] : (byte)random.Next(256);
                break;
            case 2:
                bytes.InsertRange(at, Some(random));
                break;
            case 3:
                bytes.RemoveRange(at, 1 + random.Next(Math.Min(bytes.Count - at, random.OneIn(4) ? 256 : 4)));
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, 1 + random.Next(Math.Min(bytes.Count - at, 64))));
                break;
            case 5:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 6:
                var other = corpus[random.Next(corpus.Count)];
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.AsSpan(random.Next(other.Length)));
                break;
            case 7 when at + 1 < bytes.Count:
                AddToLength(bytes, at, random);
                break;
            case 8 when words.Count > 0:
                var word = words[random.Next(words.Count)];
                bytes.RemoveRange(at, Math.Min(word.Length, bytes.Count - at));
                bytes.InsertRange(at, word);
                break;
            case 9 when words.Count > 0:
                bytes.InsertRange(at, words[random.Next(words.Count)]);
                break;
            default:
                bytes.Add((byte)random.Next(256));
                break;
        }
    }

    private static byte[] Some(FuzzRandom random)
    {
        var some = new byte[1 + random.Next(random.OneIn(16) ? 1024 : 8)];
        var value = (byte)random.Next(256);
        var same = random.OneIn(2);
        for (var i = 0; i < some.Length; i++)
        {
            some[i] = same ? value : (byte)random.Next(256);
        }

        return some;
    }

    private static void AddToLength(List<byte> bytes, int at, FuzzRandom random)
    {
        Span<byte> field = [bytes[at], bytes[at + 1]];
        var value = BinaryPrimitives.ReadUInt16BigEndian(field) + random.Next(9) - 4;
        BinaryPrimitives.WriteUInt16BigEndian(field, (ushort)value);
        (bytes[at], bytes[at + 1]) = (field[0], field[1]);
    }
}
