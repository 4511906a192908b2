using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A gateway's membership in a pool.</summary>
internal sealed class GatewayPoolRow
{
    public required string Gateway { get; set; }

    public required string Pool { get; set; }
}

internal sealed class GatewayPoolRowConfiguration : IEntityTypeConfiguration<GatewayPoolRow>
{
    public void Configure(EntityTypeBuilder<GatewayPoolRow> builder)
    {
        builder.ToTable("gateway_pool");
        builder.HasKey(row => new { row.Gateway, row.Pool });
        builder.HasOne<GatewayRow>().WithMany().HasForeignKey(row => row.Gateway).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(row => row.Pool);
    }
}
