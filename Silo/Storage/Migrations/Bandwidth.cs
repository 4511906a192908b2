using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Storage.Migrations;

/// <summary>Tenants' bandwidth limits.</summary>
[DbContext(typeof(SiloDbContext))]
[Migration("20261122000007_Bandwidth")]
internal sealed class Bandwidth : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddColumn<long>("bytes_per_second", "tenant", nullable: true);
}
