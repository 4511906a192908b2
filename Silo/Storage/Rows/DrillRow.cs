using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A failover drill. Where nothing was measured the figures are 0 and <see cref="Run"/> is null.</summary>
internal sealed class DrillRow
{
    public required string Drills { get; set; }

    public long Number { get; set; }

    public DrillState State { get; set; }

    public required string Repository { get; set; }

    public required string Pool { get; set; }

    public required string AskedBy { get; set; }

    public DateTimeOffset Asked { get; set; }

    public DateTimeOffset? Started { get; set; }

    public DateTimeOffset? Ended { get; set; }

    public string? Sentence { get; set; }

    public string? Runner { get; set; }

    public long? Run { get; set; }

    public string? FromGateway { get; set; }

    public required string ToGateways { get; set; }

    public int Streams { get; set; }

    public int Resumes { get; set; }

    public long LongestGapMilliseconds { get; set; }

    public long PauseMilliseconds { get; set; }

    public int Objects { get; set; }

    public long Bytes { get; set; }

    public int RightObjects { get; set; }

    public int ToolErrors { get; set; }
}

internal sealed class DrillRowConfiguration : IEntityTypeConfiguration<DrillRow>
{
    public void Configure(EntityTypeBuilder<DrillRow> builder)
    {
        builder.ToTable("drill");
        builder.HasKey(row => new { row.Drills, row.Number });
        builder.Property(row => row.Number).ValueGeneratedNever();
        builder.HasOne<DrillsRow>().WithMany().HasForeignKey(row => row.Drills).OnDelete(DeleteBehavior.Cascade);
    }
}
