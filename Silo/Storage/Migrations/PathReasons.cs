using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Storage.Migrations;

/// <summary>Why attempts used the gateways that they went over.</summary>
[DbContext(typeof(SiloDbContext))]
[Migration("20261122000030_PathReasons")]
internal sealed class PathReasons : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<int>("reason", "path_step", nullable: false, defaultValue: 0);
        migrationBuilder.AddColumn<string>("after_gateway", "path_step", nullable: true);
    }
}
