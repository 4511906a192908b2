using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A gateway that an attempt went over, once per attempt.</summary>
internal sealed class PathStepRow
{
    public required string Tenant { get; set; }

    public required string Job { get; set; }

    public long Run { get; set; }

    public int Attempt { get; set; }

    public required string Gateway { get; set; }

    public int Position { get; set; }

    public long Connections { get; set; }

    public long BytesUp { get; set; }

    public long BytesDown { get; set; }

    public PathReason Reason { get; set; }

    public string? AfterGateway { get; set; }
}

internal sealed class PathStepRowConfiguration : IEntityTypeConfiguration<PathStepRow>
{
    public void Configure(EntityTypeBuilder<PathStepRow> builder)
    {
        builder.ToTable("path_step");
        builder.HasKey(row => new { row.Tenant, row.Job, row.Run, row.Attempt, row.Gateway });
        builder.HasOne<AttemptRow>().WithMany().HasForeignKey(row => new { row.Tenant, row.Job, row.Run, row.Attempt }).OnDelete(DeleteBehavior.Cascade);
    }
}
