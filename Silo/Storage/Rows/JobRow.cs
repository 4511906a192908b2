using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A tenant's job; root of its runs and of the open run's route.</summary>
internal sealed class JobRow
{
    public required string Tenant { get; set; }

    public required string Id { get; set; }

    public JobMode Mode { get; set; }

    public required string Repository { get; set; }

    public DateTimeOffset? LastGood { get; set; }

    public long NextRun { get; set; }

    /// <summary>The connector whose service plans it; null where none does, and then so is what follows.</summary>
    public string? PlannedBy { get; set; }

    public string? Schedule { get; set; }

    public DateTimeOffset? PlannedNext { get; set; }

    /// <summary>A due time without a run.</summary>
    public DateTimeOffset? Missed { get; set; }

    public string? MissedWhy { get; set; }

    public long Version { get; set; }
}

internal sealed class JobRowConfiguration : IEntityTypeConfiguration<JobRow>
{
    public void Configure(EntityTypeBuilder<JobRow> builder)
    {
        builder.ToTable("job");
        builder.HasKey(row => new { row.Tenant, row.Id });
        builder.Property(row => row.Version).IsConcurrencyToken();
        builder.HasOne<TenantRow>().WithMany().HasForeignKey(row => row.Tenant).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<RepositoryRow>().WithMany().HasForeignKey(row => row.Repository).OnDelete(DeleteBehavior.Restrict);
        builder.HasIndex(row => row.Repository);
    }
}
