using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>A cloud gateway. No two share an advertised address and port.</summary>
internal sealed class GatewayRow
{
    public required string Id { get; set; }

    public required string DisplayName { get; set; }

    public GatewayMode Mode { get; set; }

    public required string Host { get; set; }

    public int Port { get; set; }

    public int Weight { get; set; }

    public WantedState WantedState { get; set; }

    public string? Serial { get; set; }

    public string? PreviousSerial { get; set; }

    public DateTimeOffset? NotAfter { get; set; }

    public bool Revoked { get; set; }

    public long Enrolment { get; set; }

    public DateTimeOffset Created { get; set; }

    public long Version { get; set; }

    public DateTimeOffset? DrainBegan { get; set; }

    public long DrainConnections { get; set; }

    public DateTimeOffset? DrainEnds { get; set; }
}

internal sealed class GatewayRowConfiguration : IEntityTypeConfiguration<GatewayRow>
{
    public void Configure(EntityTypeBuilder<GatewayRow> builder)
    {
        builder.ToTable("gateway");
        builder.HasKey(row => row.Id);
        builder.Property(row => row.Version).IsConcurrencyToken();
        builder.HasIndex(row => new { row.Host, row.Port }).IsUnique();
    }
}
