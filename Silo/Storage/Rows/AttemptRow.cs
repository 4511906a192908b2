using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>One attempt of a run.</summary>
internal sealed class AttemptRow
{
    public required string Tenant { get; set; }

    public required string Job { get; set; }

    public long Run { get; set; }

    public int Attempt { get; set; }

    public DateTimeOffset Started { get; set; }

    public DateTimeOffset? Ended { get; set; }

    public int? ExitCode { get; set; }

    public string? Reason { get; set; }

    public int Resumes { get; set; }

    public long GapMilliseconds { get; set; }

    public long LongestGapMilliseconds { get; set; }
}

internal sealed class AttemptRowConfiguration : IEntityTypeConfiguration<AttemptRow>
{
    public void Configure(EntityTypeBuilder<AttemptRow> builder)
    {
        builder.ToTable("attempt");
        builder.HasKey(row => new { row.Tenant, row.Job, row.Run, row.Attempt });
        builder.HasOne<RunRow>().WithMany().HasForeignKey(row => new { row.Tenant, row.Job, row.Run }).OnDelete(DeleteBehavior.Cascade);
    }
}
