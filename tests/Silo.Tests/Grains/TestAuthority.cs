using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Tests.Grains;

/// <summary>Issues what looks like certificates, and fixed keys; the real authority has tests of its own.</summary>
internal sealed class TestAuthority(TimeProvider time) : ICertificateIssuer, ISiloKeys, IRelayTargets, IEdgeAddress
{
    private static readonly byte[] s_labelKey = SHA256.HashData("label"u8);

    public string Fingerprint { get; } = Base32.Encode(SHA256.HashData("root"u8));

    public (string Host, int Port) EdgeAddress => ("127.0.0.1", 6181);

    public ReadOnlyMemory<byte> LabelKey => s_labelKey;

    public IssuedCertificate Issue(CertificateIdentity identity, ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.IsEmpty)
        {
            throw new RefusedException(RefusalReason.Invalid, "csr: no key.");
        }
        var serial = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        return new IssuedCertificate([.. publicKey.ToArray().Reverse()], serial, time.GetUtcNow().AddDays(90), identity.ToUrn());
    }

    public byte[] ProxyKey(ProxyEnd gateway, ProxyEnd target) => SHA256.HashData(Encoding.UTF8.GetBytes($"{gateway}>{target}"));

    public IReadOnlyList<RelayTarget> For(ProxyEnd gateway) => [new("tenant-api", "127.0.0.1", 6182, ProxyKey(gateway, new ProxyEnd("tenant-api", 0)))];

    public static ImmutableArray<byte> Key(string name) => [.. Encoding.UTF8.GetBytes(name)];
}
