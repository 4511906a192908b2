using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A gateway pool that a tenant is bound to. None: the default pool.</summary>
internal sealed class TenantPoolRow
{
    public required string Tenant { get; set; }

    public required string Pool { get; set; }

    public int Position { get; set; }
}

internal sealed class TenantPoolRowConfiguration : IEntityTypeConfiguration<TenantPoolRow>
{
    public void Configure(EntityTypeBuilder<TenantPoolRow> builder)
    {
        builder.ToTable("tenant_pool");
        builder.HasKey(row => new { row.Tenant, row.Pool });
        builder.HasOne<TenantRow>().WithMany().HasForeignKey(row => row.Tenant).OnDelete(DeleteBehavior.Cascade);
    }
}
