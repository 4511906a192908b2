using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A fleet token; of its secret only the hash. Root of the gateways it enrolled.</summary>
internal sealed class FleetTokenRow
{
    public required string Id { get; set; }

    public required string Name { get; set; }

    public required byte[] SecretSha256 { get; set; }

    public required string Pools { get; set; }

    public int Weight { get; set; }

    public int MaxGateways { get; set; }

    public DateTimeOffset Created { get; set; }

    public DateTimeOffset Expires { get; set; }

    public bool Revoked { get; set; }

    public long Version { get; set; }
}

internal sealed class FleetTokenRowConfiguration : IEntityTypeConfiguration<FleetTokenRow>
{
    public void Configure(EntityTypeBuilder<FleetTokenRow> builder)
    {
        builder.ToTable("fleet_token");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Version).IsConcurrencyToken();
    }
}
