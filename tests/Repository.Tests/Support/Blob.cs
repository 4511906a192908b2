using System.Security.Cryptography;

namespace Headgate.Repository.Tests.Support;

/// <summary>Random content and its name.</summary>
internal sealed record Blob(byte[] Content)
{
    public string Name { get; } = Convert.ToHexStringLower(SHA256.HashData(Content));

    public static Blob Random(int size) => new(RandomNumberGenerator.GetBytes(size));

    public ByteArrayContent Body => new(Content);
}
