using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Storage.Migrations;

/// <summary>Which enrolment of a gateway or repository is the present one.</summary>
[DbContext(typeof(SiloDbContext))]
[Migration("20261122000005_Standing")]
internal sealed class Standing : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>("enrolment", "gateway", nullable: false, defaultValue: 0L);
        migrationBuilder.AddColumn<long>("enrolment", "repository", nullable: false, defaultValue: 0L);
    }
}
