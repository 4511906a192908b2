using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Storage.Migrations;

/// <summary>Leases of bytes and soft limits.</summary>
[DbContext(typeof(SiloDbContext))]
[Migration("20261122000003_Leases")]
internal sealed class Leases : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>("soft_limit_bytes", "quota", nullable: true);
        // Said in SQL that every provider has: SQLite's own way rebuilds the table from a model that hand-written migrations do not carry.
        migrationBuilder.Sql("ALTER TABLE quota DROP COLUMN report_epoch");
        migrationBuilder.Sql("ALTER TABLE quota DROP COLUMN report_sequence");
        migrationBuilder.AddColumn<bool>("is_soft_limit_crossed", "quota", nullable: false, defaultValue: false);

        migrationBuilder.CreateTable("quota_lease", table => new
        {
            tenant = table.Column<string>(),
            repository = table.Column<string>(),
            host = table.Column<string>(),
            epoch = table.Column<long>(),
            sequence = table.Column<long>(),
            used_bytes = table.Column<long>(),
            ceiling_bytes = table.Column<long>(),
            maintenance_bytes = table.Column<long>(),
            heard = table.Column<long>(),
            fenced = table.Column<long>(nullable: true),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_quota_lease", row => new { row.tenant, row.repository, row.host });
            table.ForeignKey(
                "FK_quota_lease_quota_tenant_repository",
                row => new { row.tenant, row.repository },
                "quota",
                ["tenant", "repository"],
                onDelete: ReferentialAction.Cascade);
        });
    }
}
