using Headgate.Grains;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Headgate.Silo.Storage.Rows;

/// <summary>The route of an open run. Deleted when it closes: a row is a permission.</summary>
internal sealed class RouteRow
{
    public required string Label { get; set; }

    public required string ServerName { get; set; }

    public required string Tenant { get; set; }

    public required string Job { get; set; }

    public long Run { get; set; }

    public required string Repository { get; set; }

    public required string Connector { get; set; }

    public AccessLevel Rights { get; set; }

    public required string Pools { get; set; }

    public DateTimeOffset Opened { get; set; }

    public DateTimeOffset Expires { get; set; }
}

internal sealed class RouteRowConfiguration : IEntityTypeConfiguration<RouteRow>
{
    public void Configure(EntityTypeBuilder<RouteRow> builder)
    {
        builder.ToTable("route");
        builder.HasKey(row => row.Label);
        builder.HasOne<JobRow>().WithMany().HasForeignKey(row => new { row.Tenant, row.Job }).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(row => row.ServerName).IsUnique();
        builder.HasIndex(row => row.Repository);
        builder.HasIndex(row => new { row.Tenant, row.Connector });
    }
}
