using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Storage.Migrations;

/// <summary>When machines mean to run their jobs next, and due times without a run.</summary>
[DbContext(typeof(SiloDbContext))]
[Migration("20261122000010_Plans")]
internal sealed class Plans : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>("planned_by", "job", nullable: true);
        migrationBuilder.AddColumn<string>("schedule", "job", nullable: true);
        migrationBuilder.AddColumn<long>("planned_next", "job", nullable: true);
        migrationBuilder.AddColumn<long>("missed", "job", nullable: true);
        migrationBuilder.AddColumn<string>("missed_why", "job", nullable: true);
    }
}
