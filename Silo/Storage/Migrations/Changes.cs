using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Storage.Migrations;

/// <summary>What lists need: the latest change of each thing, whose tenant an audit entry is about, gateways' names; and fleet tokens.</summary>
[DbContext(typeof(SiloDbContext))]
[Migration("20261122000002_Changes")]
internal sealed class Changes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("change", table => new
        {
            kind = table.Column<int>(),
            key = table.Column<string>(),
            sequence = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_change", row => new { row.kind, row.key });
        });
        migrationBuilder.CreateIndex("IX_change_sequence", "change", "sequence", unique: true);

        migrationBuilder.AddColumn<string>("tenant", "audit", nullable: true);
        migrationBuilder.CreateIndex("IX_audit_tenant", "audit", "tenant");
        migrationBuilder.CreateIndex("IX_audit_kind", "audit", "kind");

        migrationBuilder.AddColumn<string>("display_name", "gateway", nullable: false, defaultValue: "");

        migrationBuilder.CreateTable("fleet_token", table => new
        {
            id = table.Column<string>(),
            name = table.Column<string>(),
            secret_sha256 = table.Column<byte[]>(),
            pools = table.Column<string>(),
            weight = table.Column<int>(),
            max_gateways = table.Column<int>(),
            created = table.Column<long>(),
            expires = table.Column<long>(),
            revoked = table.Column<bool>(),
            version = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_fleet_token", row => row.id);
        });

        migrationBuilder.CreateTable("fleet_gateway", table => new
        {
            token = table.Column<string>(),
            gateway = table.Column<string>(),
            position = table.Column<int>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_fleet_gateway", row => new { row.token, row.gateway });
            table.ForeignKey("FK_fleet_gateway_fleet_token_token", row => row.token, "fleet_token", "id", onDelete: ReferentialAction.Cascade);
        });
    }
}
