using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A gateway's place in a fleet token's number. Taken before the gateway is made, so that no race makes one too many.</summary>
internal sealed class FleetGatewayRow
{
    public required string Token { get; set; }

    public required string Gateway { get; set; }

    public int Position { get; set; }
}

internal sealed class FleetGatewayRowConfiguration : IEntityTypeConfiguration<FleetGatewayRow>
{
    public void Configure(EntityTypeBuilder<FleetGatewayRow> builder)
    {
        builder.ToTable("fleet_gateway");
        builder.HasKey(row => new { row.Token, row.Gateway });
        builder.HasOne<FleetTokenRow>().WithMany().HasForeignKey(row => row.Token).OnDelete(DeleteBehavior.Cascade);
    }
}
