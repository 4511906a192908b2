using Headgate.Grains;
using Headgate.Protocol.Naming;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A one-time enrolment code; of its secret only the hash. Once used, it carries whose key used it and the certificate that was answered.</summary>
internal sealed class EnrolmentCodeRow
{
    public required byte[] SecretSha256 { get; set; }

    public CertificateRole Role { get; set; }

    public required string Subject { get; set; }

    public AccessLevel Level { get; set; }

    public DateTimeOffset Created { get; set; }

    public DateTimeOffset Expires { get; set; }

    public DateTimeOffset? Used { get; set; }

    public byte[]? PublicKeySha256 { get; set; }

    public byte[]? Certificate { get; set; }

    public string? Serial { get; set; }

    public DateTimeOffset? NotAfter { get; set; }

    public string? Identity { get; set; }
}

internal sealed class EnrolmentCodeRowConfiguration : IEntityTypeConfiguration<EnrolmentCodeRow>
{
    public void Configure(EntityTypeBuilder<EnrolmentCodeRow> builder)
    {
        builder.ToTable("enrolment_code");
        builder.HasKey(row => row.SecretSha256);
        builder.HasIndex(row => new { row.Role, row.Subject });
        builder.HasIndex(row => row.Expires);
    }
}
