using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>What gateways and repositories must hear, in the order it was committed. Written in the transaction of the change it tells of.</summary>
internal sealed class EdgeLogRow
{
    public long Sequence { get; set; }

    public required string Audience { get; set; }

    public required string Kind { get; set; }

    public required string Payload { get; set; }

    public DateTimeOffset At { get; set; }
}

internal sealed class EdgeLogRowConfiguration : IEntityTypeConfiguration<EdgeLogRow>
{
    public void Configure(EntityTypeBuilder<EdgeLogRow> builder)
    {
        builder.ToTable("edge_log");
        builder.HasKey(row => row.Sequence);
        builder.Property(row => row.Sequence).ValueGeneratedOnAdd();
        builder.HasIndex(row => row.At);
    }
}
