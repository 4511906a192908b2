using System.IO.Pipelines;
using System.Security.Cryptography;

namespace Headgate.Protocol.Tests.Resume;

/// <summary>What an application does with its connection.</summary>
internal static class Streams
{
    public static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Writes in pieces of many sizes, then completes.</summary>
    public static async Task WriteAllAsync(PipeWriter output, ReadOnlyMemory<byte> bytes, int seed)
    {
        var random = new Random(seed);
        while (!bytes.IsEmpty)
        {
            var piece = Math.Min(bytes.Length, 1 << random.Next(18));
            await output.WriteAsync(bytes[..piece]);
            bytes = bytes[piece..];
        }

        await output.CompleteAsync();
    }

    /// <summary>Reads to the end.</summary>
    public static async Task<string> HashAllAsync(PipeReader input)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (true)
        {
            var result = await input.ReadAsync();
            foreach (var segment in result.Buffer)
            {
                hash.AppendData(segment.Span);
            }

            input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return Convert.ToHexString(hash.GetHashAndReset());
            }
        }
    }

    /// <summary>Reads exactly so many bytes.</summary>
    public static async Task<byte[]> ReadAsync(PipeReader input, int count)
    {
        var result = await input.ReadAtLeastAsync(count).AsTask().WaitAsync(SessionPair.Deadline);
        var bytes = new byte[count];
        var taken = result.Buffer.Slice(0, count);
        System.Buffers.BuffersExtensions.CopyTo(taken, bytes);
        input.AdvanceTo(taken.End);
        return bytes;
    }

    public static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
