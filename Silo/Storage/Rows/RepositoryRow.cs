using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A cloud repository.</summary>
internal sealed class RepositoryRow
{
    public required string Id { get; set; }

    public required string Host { get; set; }

    public int Port { get; set; }

    public string? Serial { get; set; }

    public string? PreviousSerial { get; set; }

    public DateTimeOffset? NotAfter { get; set; }

    public bool Revoked { get; set; }

    public long Enrolment { get; set; }

    public DateTimeOffset Created { get; set; }

    public long Version { get; set; }
}

internal sealed class RepositoryRowConfiguration : IEntityTypeConfiguration<RepositoryRow>
{
    public void Configure(EntityTypeBuilder<RepositoryRow> builder)
    {
        builder.ToTable("repository");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Version).IsConcurrencyToken();
    }
}
