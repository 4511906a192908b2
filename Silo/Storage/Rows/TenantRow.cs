using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A tenant; root of its pools, entitlements, connectors, access keys and run claims.</summary>
internal sealed class TenantRow
{
    public required string Id { get; set; }

    public required string DisplayName { get; set; }

    public TenantStatus Status { get; set; }

    public DateTimeOffset? LeaseEnds { get; set; }

    public bool LeaseClosed { get; set; }

    public int RunLimit { get; set; }

    public DateTimeOffset Created { get; set; }

    public long Revision { get; set; }

    public long Version { get; set; }

    public long? BytesPerSecond { get; set; }
}

internal sealed class TenantRowConfiguration : IEntityTypeConfiguration<TenantRow>
{
    public void Configure(EntityTypeBuilder<TenantRow> builder)
    {
        builder.ToTable("tenant");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Version).IsConcurrencyToken();
        builder.HasIndex(row => row.LeaseEnds);
    }
}
