using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>One run of a job. Its server name outlives the route, so that a late word about the run finds it.</summary>
internal sealed class RunRow
{
    public required string Tenant { get; set; }

    public required string Job { get; set; }

    public long Run { get; set; }

    public RunStatus Status { get; set; }

    public required string Connector { get; set; }

    public required string Repository { get; set; }

    public required string Host { get; set; }

    public required string Tool { get; set; }

    public bool ReadsOnly { get; set; }

    public int Connections { get; set; }

    public required string ServerName { get; set; }

    public DateTimeOffset Started { get; set; }

    public DateTimeOffset? Ended { get; set; }

    public DateTimeOffset Heard { get; set; }

    public bool CancelRequested { get; set; }

    public DateTimeOffset? CancelAsked { get; set; }

    public string? Reason { get; set; }

    public string? Snapshot { get; set; }

    public DateTimeOffset? SnapshotCommitted { get; set; }
}

internal sealed class RunRowConfiguration : IEntityTypeConfiguration<RunRow>
{
    public void Configure(EntityTypeBuilder<RunRow> builder)
    {
        builder.ToTable("run");
        builder.HasKey(row => new { row.Tenant, row.Job, row.Run });
        builder.HasOne<JobRow>().WithMany().HasForeignKey(row => new { row.Tenant, row.Job }).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(row => row.ServerName).IsUnique();
        builder.HasIndex(row => new { row.Ended, row.Heard });
    }
}
