using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Storage.Migrations;

/// <summary>How gateways drain.</summary>
[DbContext(typeof(SiloDbContext))]
[Migration("20261122000008_Drain")]
internal sealed class Drain : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>("drain_began", "gateway", nullable: true);
        migrationBuilder.AddColumn<long>("drain_connections", "gateway", nullable: false, defaultValue: 0L);
        migrationBuilder.AddColumn<long>("drain_ends", "gateway", nullable: true);
    }
}
