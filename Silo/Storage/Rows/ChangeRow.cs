using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>The latest change of one thing: one row for each, so that the table grows no longer than the number of things.</summary>
internal sealed class ChangeRow
{
    public SubjectKind Kind { get; set; }

    public required string Key { get; set; }

    public long Sequence { get; set; }
}

internal sealed class ChangeRowConfiguration : IEntityTypeConfiguration<ChangeRow>
{
    public void Configure(EntityTypeBuilder<ChangeRow> builder)
    {
        builder.ToTable("change");
        builder.HasKey(row => new { row.Kind, row.Key });
        builder.HasIndex(row => row.Sequence).IsUnique();
    }
}
