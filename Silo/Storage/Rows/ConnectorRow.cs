using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A tenant's connector and the certificate it holds.</summary>
internal sealed class ConnectorRow
{
    public required string Tenant { get; set; }

    public required string Id { get; set; }

    public required string Host { get; set; }

    public required string Serial { get; set; }

    public string? PreviousSerial { get; set; }

    public AccessLevel Level { get; set; }

    public DateTimeOffset Enrolled { get; set; }

    public DateTimeOffset NotAfter { get; set; }

    public bool Revoked { get; set; }
}

internal sealed class ConnectorRowConfiguration : IEntityTypeConfiguration<ConnectorRow>
{
    public void Configure(EntityTypeBuilder<ConnectorRow> builder)
    {
        builder.ToTable("connector");
        builder.HasKey(row => new { row.Tenant, row.Id });
        builder.HasOne<TenantRow>().WithMany().HasForeignKey(row => row.Tenant).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(row => row.Serial).IsUnique();
    }
}
