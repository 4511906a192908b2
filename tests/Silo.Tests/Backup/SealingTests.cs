using System.Security.Cryptography;
using Headgate.Server.Backup;

namespace Headgate.Silo.Tests.Backup;

/// <summary>The encrypted chunks by themselves, about their borders.</summary>
public sealed class SealingTests
{
    private const int Chunk = BackupFormat.ChunkBytes;
    private const int SealedChunk = Chunk + BackupFormat.TagBytes;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 1)]
    [InlineData(2 * Chunk)]
    [InlineData((2 * Chunk) + 77)]
    public void Streams_OfEveryLength_GiveBackWhatWasWritten(int length)
    {
        var content = RandomNumberGenerator.GetBytes(length);
        Assert.Equal(content, Open(Seal(content)));
    }

    [Fact]
    public void Stream_CutOffBetweenChunks_IsTorn()
    {
        var file = Seal(RandomNumberGenerator.GetBytes(3 * Chunk));
        for (var chunks = 1; chunks < 3; chunks++)
        {
            var torn = file[..(BackupFormat.HeaderBytes + (chunks * SealedChunk))];
            Assert.Contains("torn", Assert.Throws<BackupException>(() => Open(torn)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Stream_WithChunksSwappedOrDoubled_DoesNotOpen()
    {
        var file = Seal(RandomNumberGenerator.GetBytes(3 * Chunk));
        var (header, one, two, three) = (
            file[..BackupFormat.HeaderBytes], file[Of(0)], file[Of(1)], file[Of(2)]);
        foreach (var mixed in new[] { new[] { header, two, one, three }, [header, one, one, two, three], [header, one, three] })
        {
            Assert.Throws<BackupException>(() => Open([.. mixed.SelectMany(part => part)]));
        }

        static Range Of(int chunk) => (BackupFormat.HeaderBytes + (chunk * SealedChunk))..(BackupFormat.HeaderBytes + ((chunk + 1) * SealedChunk));
    }

    [Fact]
    public void Stream_NeverFinished_IsTorn()
    {
        using var file = new MemoryStream();
        using (var format = BackupFormat.Create("passphrase", rounds: 100_000))
        using (var sealing = new SealingStream(file, format))
        {
            sealing.Write(new byte[Chunk + 1]);
        }

        Assert.Throws<BackupException>(() => Open(file.ToArray()));
    }

    private static byte[] Seal(byte[] content)
    {
        using var file = new MemoryStream();
        using var format = BackupFormat.Create("passphrase", rounds: 100_000);
        using var sealing = new SealingStream(file, format);
        sealing.Write(content);
        sealing.Finish();
        return file.ToArray();
    }

    private static byte[] Open(byte[] file)
    {
        using var format = BackupFormat.Open(file[..BackupFormat.HeaderBytes], "passphrase");
        using var opening = new OpeningStream(new MemoryStream(file[BackupFormat.HeaderBytes..]), format);
        using var content = new MemoryStream();
        opening.CopyTo(content);
        return content.ToArray();
    }
}
