using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A repository that a tenant may use, and the server name of its agentless access.</summary>
internal sealed class EntitlementRow
{
    public required string Tenant { get; set; }

    public required string Repository { get; set; }

    public required string AccessName { get; set; }

    public DateTimeOffset Created { get; set; }
}

internal sealed class EntitlementRowConfiguration : IEntityTypeConfiguration<EntitlementRow>
{
    public void Configure(EntityTypeBuilder<EntitlementRow> builder)
    {
        builder.ToTable("entitlement");
        builder.HasKey(row => new { row.Tenant, row.Repository });
        builder.HasOne<TenantRow>().WithMany().HasForeignKey(row => row.Tenant).OnDelete(DeleteBehavior.Cascade);
        builder.HasOne<RepositoryRow>().WithMany().HasForeignKey(row => row.Repository).OnDelete(DeleteBehavior.Restrict);
        builder.HasIndex(row => row.AccessName).IsUnique();
        builder.HasIndex(row => row.Repository);
    }
}
