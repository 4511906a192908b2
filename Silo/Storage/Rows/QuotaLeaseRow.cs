using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>One host's lease on a quota.</summary>
internal sealed class QuotaLeaseRow
{
    public required string Tenant { get; set; }

    public required string Repository { get; set; }

    public required string Host { get; set; }

    public long Epoch { get; set; }

    public long Sequence { get; set; }

    public long UsedBytes { get; set; }

    public long CeilingBytes { get; set; }

    public long MaintenanceBytes { get; set; }

    public DateTimeOffset Heard { get; set; }

    public DateTimeOffset? Fenced { get; set; }
}

internal sealed class QuotaLeaseRowConfiguration : IEntityTypeConfiguration<QuotaLeaseRow>
{
    public void Configure(EntityTypeBuilder<QuotaLeaseRow> builder)
    {
        builder.ToTable("quota_lease");
        builder.HasKey(row => new { row.Tenant, row.Repository, row.Host });
        builder.HasOne<QuotaRow>().WithMany().HasForeignKey(row => new { row.Tenant, row.Repository }).OnDelete(DeleteBehavior.Cascade);
    }
}
