using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Storage.Migrations;

/// <summary>Which roots each program trusts: what a roll-over of the authority waits for.</summary>
[DbContext(typeof(SiloDbContext))]
[Migration("20261122000006_ProgramTrust")]
internal sealed class ProgramTrust : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable("program_trust", table => new
    {
        identity = table.Column<string>(),
        authorities = table.Column<string>(),
        confirmed = table.Column<long>(),
    }, constraints: table =>
    {
        table.PrimaryKey("PK_program_trust", row => row.identity);
    });
}
