using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>The schedule of failover drills. Root of the drills.</summary>
internal sealed class DrillsRow
{
    public required string Id { get; set; }

    public string? Cron { get; set; }

    public string? Repository { get; set; }

    public string? Pool { get; set; }

    public DateTimeOffset? Due { get; set; }

    public long NextNumber { get; set; }

    public long Version { get; set; }
}

internal sealed class DrillsRowConfiguration : IEntityTypeConfiguration<DrillsRow>
{
    public void Configure(EntityTypeBuilder<DrillsRow> builder)
    {
        builder.ToTable("drills");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Version).IsConcurrencyToken();
    }
}
