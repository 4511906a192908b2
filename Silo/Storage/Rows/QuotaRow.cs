using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>Limit and reported use of one tenant on one repository.</summary>
internal sealed class QuotaRow
{
    public required string Tenant { get; set; }

    public required string Repository { get; set; }

    public long LimitBytes { get; set; }

    public long? SoftLimitBytes { get; set; }

    public bool IsSoftLimitCrossed { get; set; }

    public long UsedBytes { get; set; }

    public DateTimeOffset? Reported { get; set; }

    public long Revision { get; set; }

    public long Version { get; set; }
}

internal sealed class QuotaRowConfiguration : IEntityTypeConfiguration<QuotaRow>
{
    public void Configure(EntityTypeBuilder<QuotaRow> builder)
    {
        builder.ToTable("quota");
        builder.HasKey(row => new { row.Tenant, row.Repository });
        builder.Property(row => row.Version).IsConcurrencyToken();
        builder.HasOne<TenantRow>().WithMany().HasForeignKey(row => row.Tenant).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<RepositoryRow>().WithMany().HasForeignKey(row => row.Repository).OnDelete(DeleteBehavior.Restrict);
        builder.HasIndex(row => row.Repository);
    }
}
