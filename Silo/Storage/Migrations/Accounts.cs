using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Storage.Migrations;

/// <summary>Accounts and their recovery codes.</summary>
[DbContext(typeof(SiloDbContext))]
[Migration("20261122000001_Accounts")]
internal sealed class Accounts : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("account", table => new
        {
            id = table.Column<string>(),
            display_name = table.Column<string>(),
            role = table.Column<int>(),
            tenant = table.Column<string>(nullable: true),
            password_hash = table.Column<string>(),
            must_change_password = table.Column<bool>(),
            disabled = table.Column<bool>(),
            stamp = table.Column<string>(),
            wrong_attempts = table.Column<int>(),
            lock_rounds = table.Column<int>(),
            locked_until = table.Column<long>(nullable: true),
            authenticator_key = table.Column<byte[]>(nullable: true),
            prepared_key = table.Column<byte[]>(nullable: true),
            last_time_step = table.Column<long>(),
            last_sign_in = table.Column<long>(nullable: true),
            created = table.Column<long>(),
            revision = table.Column<long>(),
            version = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_account", row => row.id);
            table.ForeignKey("FK_account_tenant_tenant", row => row.tenant, "tenant", "id", onDelete: ReferentialAction.Restrict);
        });
        migrationBuilder.CreateIndex("IX_account_role", "account", "role");
        migrationBuilder.CreateIndex("IX_account_tenant", "account", "tenant");

        migrationBuilder.CreateTable("recovery_code", table => new
        {
            account = table.Column<string>(),
            code_sha256 = table.Column<byte[]>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_recovery_code", row => new { row.account, row.code_sha256 });
            table.ForeignKey("FK_recovery_code_account_account", row => row.account, "account", "id", onDelete: ReferentialAction.Cascade);
        });
    }
}
