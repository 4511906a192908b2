using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A key of agentless access; of its secret only the hash.</summary>
internal sealed class AccessKeyRow
{
    public required string Key { get; set; }

    public required string Tenant { get; set; }

    public required string Repository { get; set; }

    public AccessLevel Level { get; set; }

    public required string Name { get; set; }

    public required byte[] SecretSha256 { get; set; }

    public DateTimeOffset Created { get; set; }

    public bool Revoked { get; set; }
}

internal sealed class AccessKeyRowConfiguration : IEntityTypeConfiguration<AccessKeyRow>
{
    public void Configure(EntityTypeBuilder<AccessKeyRow> builder)
    {
        builder.ToTable("access_key");
        builder.HasKey(row => row.Key);
        builder.HasOne<EntitlementRow>().WithMany().HasForeignKey(row => new { row.Tenant, row.Repository }).OnDelete(DeleteBehavior.Cascade);
    }
}
