using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A secret of the silos, encrypted.</summary>
internal sealed class SecretRow
{
    public required string Name { get; set; }

    public required byte[] Ciphertext { get; set; }

    public DateTimeOffset Created { get; set; }
}

internal sealed class SecretRowConfiguration : IEntityTypeConfiguration<SecretRow>
{
    public void Configure(EntityTypeBuilder<SecretRow> builder)
    {
        builder.ToTable("silo_secret");
        builder.HasKey(row => row.Name);
    }
}
