using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Storage.Migrations;

/// <summary>Failover drills, and gateways that a run's route was taken from.</summary>
[DbContext(typeof(SiloDbContext))]
[Migration("20261122000020_Drills")]
internal sealed class Drills : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<bool>("barred", "route_gateway", nullable: false, defaultValue: false);

        migrationBuilder.CreateTable("drills", table => new
        {
            id = table.Column<string>(),
            cron = table.Column<string>(nullable: true),
            repository = table.Column<string>(nullable: true),
            pool = table.Column<string>(nullable: true),
            due = table.Column<long>(nullable: true),
            next_number = table.Column<long>(),
            version = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_drills", row => row.id);
        });

        migrationBuilder.CreateTable("drill", table => new
        {
            drills = table.Column<string>(),
            number = table.Column<long>(),
            state = table.Column<int>(),
            repository = table.Column<string>(),
            pool = table.Column<string>(),
            asked_by = table.Column<string>(),
            asked = table.Column<long>(),
            started = table.Column<long>(nullable: true),
            ended = table.Column<long>(nullable: true),
            sentence = table.Column<string>(nullable: true),
            runner = table.Column<string>(nullable: true),
            run = table.Column<long>(nullable: true),
            from_gateway = table.Column<string>(nullable: true),
            to_gateways = table.Column<string>(),
            streams = table.Column<int>(),
            resumes = table.Column<int>(),
            longest_gap_milliseconds = table.Column<long>(),
            pause_milliseconds = table.Column<long>(),
            objects = table.Column<int>(),
            bytes = table.Column<long>(),
            right_objects = table.Column<int>(),
            tool_errors = table.Column<int>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_drill", row => new { row.drills, row.number });
            table.ForeignKey("FK_drill_drills_drills", row => row.drills, "drills", "id", onDelete: ReferentialAction.Cascade);
        });
    }
}
