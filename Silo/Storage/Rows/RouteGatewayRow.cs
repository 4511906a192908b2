using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A gateway that a route was pushed to.</summary>
internal sealed class RouteGatewayRow
{
    public required string Label { get; set; }

    public required string Gateway { get; set; }

    /// <summary>The route was taken from it again: it must not carry the run any more.</summary>
    public bool Barred { get; set; }
}

internal sealed class RouteGatewayRowConfiguration : IEntityTypeConfiguration<RouteGatewayRow>
{
    public void Configure(EntityTypeBuilder<RouteGatewayRow> builder)
    {
        builder.ToTable("route_gateway");
        builder.HasKey(row => new { row.Label, row.Gateway });
        builder.HasOne<RouteRow>().WithMany().HasForeignKey(row => row.Label).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(row => row.Gateway);
    }
}
