using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A certificate that was issued: no serial number is issued twice.</summary>
internal sealed class CertificateRow
{
    public required string Serial { get; set; }

    public required string Identity { get; set; }

    public required byte[] PublicKeySha256 { get; set; }

    public DateTimeOffset Issued { get; set; }

    public DateTimeOffset NotAfter { get; set; }
}

internal sealed class CertificateRowConfiguration : IEntityTypeConfiguration<CertificateRow>
{
    public void Configure(EntityTypeBuilder<CertificateRow> builder)
    {
        builder.ToTable("certificate");
        builder.HasKey(row => row.Serial);
        builder.HasIndex(row => row.Identity);
    }
}
