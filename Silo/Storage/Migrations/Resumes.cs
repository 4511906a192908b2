using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Storage.Migrations;

/// <summary>How often and how long attempts' streams were without a connection, and when a run was asked to stop.</summary>
[DbContext(typeof(SiloDbContext))]
[Migration("20261122000009_Resumes")]
internal sealed class Resumes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<int>("resumes", "attempt", nullable: false, defaultValue: 0);
        migrationBuilder.AddColumn<long>("gap_milliseconds", "attempt", nullable: false, defaultValue: 0L);
        migrationBuilder.AddColumn<long>("longest_gap_milliseconds", "attempt", nullable: false, defaultValue: 0L);
        migrationBuilder.AddColumn<long>("cancel_asked", "run", nullable: true);
    }
}
