using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A job that counts against its tenant's run limit. Its open run is the job's to say; a claim without one is released by the sweeper.</summary>
internal sealed class RunClaimRow
{
    public required string Tenant { get; set; }

    public required string Job { get; set; }

    public DateTimeOffset Since { get; set; }
}

internal sealed class RunClaimRowConfiguration : IEntityTypeConfiguration<RunClaimRow>
{
    public void Configure(EntityTypeBuilder<RunClaimRow> builder)
    {
        builder.ToTable("run_claim");
        builder.HasKey(row => new { row.Tenant, row.Job });
        builder.HasOne<TenantRow>().WithMany().HasForeignKey(row => row.Tenant).OnDelete(DeleteBehavior.Cascade);
    }
}
