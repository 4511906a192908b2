using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Headgate.Silo.Storage.Migrations;

/// <summary>The first tables. Times are Unix milliseconds, enums are their numbers; a test compares the result with the model.</summary>
[DbContext(typeof(SiloDbContext))]
[Migration("20261101000000_Initial")]
internal sealed class Initial : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        CreateTenants(migrationBuilder);
        CreateGateways(migrationBuilder);
        CreateJobs(migrationBuilder);
        CreateRecords(migrationBuilder);
    }

    private static void CreateTenants(MigrationBuilder builder)
    {
        builder.CreateTable("tenant", table => new
        {
            id = table.Column<string>(),
            display_name = table.Column<string>(),
            status = table.Column<int>(),
            lease_ends = table.Column<long>(nullable: true),
            lease_closed = table.Column<bool>(),
            run_limit = table.Column<int>(),
            created = table.Column<long>(),
            revision = table.Column<long>(),
            version = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_tenant", row => row.id);
        });
        builder.CreateIndex("IX_tenant_lease_ends", "tenant", "lease_ends");

        builder.CreateTable("tenant_pool", table => new
        {
            tenant = table.Column<string>(),
            pool = table.Column<string>(),
            position = table.Column<int>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_tenant_pool", row => new { row.tenant, row.pool });
            table.ForeignKey("FK_tenant_pool_tenant_tenant", row => row.tenant, "tenant", "id", onDelete: ReferentialAction.Cascade);
        });

        builder.CreateTable("repository", table => new
        {
            id = table.Column<string>(),
            host = table.Column<string>(),
            port = table.Column<int>(),
            serial = table.Column<string>(nullable: true),
            previous_serial = table.Column<string>(nullable: true),
            not_after = table.Column<long>(nullable: true),
            revoked = table.Column<bool>(),
            created = table.Column<long>(),
            version = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_repository", row => row.id);
        });

        builder.CreateTable("entitlement", table => new
        {
            tenant = table.Column<string>(),
            repository = table.Column<string>(),
            access_name = table.Column<string>(),
            created = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_entitlement", row => new { row.tenant, row.repository });
            table.ForeignKey("FK_entitlement_tenant_tenant", row => row.tenant, "tenant", "id", onDelete: ReferentialAction.Cascade);
            table.ForeignKey("FK_entitlement_repository_repository", row => row.repository, "repository", "id", onDelete: ReferentialAction.Restrict);
        });
        builder.CreateIndex("IX_entitlement_access_name", "entitlement", "access_name", unique: true);
        builder.CreateIndex("IX_entitlement_repository", "entitlement", "repository");

        builder.CreateTable("connector", table => new
        {
            tenant = table.Column<string>(),
            id = table.Column<string>(),
            host = table.Column<string>(),
            serial = table.Column<string>(),
            previous_serial = table.Column<string>(nullable: true),
            level = table.Column<int>(),
            enrolled = table.Column<long>(),
            not_after = table.Column<long>(),
            revoked = table.Column<bool>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_connector", row => new { row.tenant, row.id });
            table.ForeignKey("FK_connector_tenant_tenant", row => row.tenant, "tenant", "id", onDelete: ReferentialAction.Cascade);
        });
        builder.CreateIndex("IX_connector_serial", "connector", "serial", unique: true);

        builder.CreateTable("access_key", table => new
        {
            key = table.Column<string>(),
            tenant = table.Column<string>(),
            repository = table.Column<string>(),
            level = table.Column<int>(),
            name = table.Column<string>(),
            secret_sha256 = table.Column<byte[]>(),
            created = table.Column<long>(),
            revoked = table.Column<bool>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_access_key", row => row.key);
            table.ForeignKey("FK_access_key_entitlement_tenant_repository", row => new { row.tenant, row.repository }, "entitlement", ["tenant", "repository"], onDelete: ReferentialAction.Cascade);
        });
        builder.CreateIndex("IX_access_key_tenant_repository", "access_key", ["tenant", "repository"]);

        builder.CreateTable("run_claim", table => new
        {
            tenant = table.Column<string>(),
            job = table.Column<string>(),
            since = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_run_claim", row => new { row.tenant, row.job });
            table.ForeignKey("FK_run_claim_tenant_tenant", row => row.tenant, "tenant", "id", onDelete: ReferentialAction.Cascade);
        });

        builder.CreateTable("quota", table => new
        {
            tenant = table.Column<string>(),
            repository = table.Column<string>(),
            limit_bytes = table.Column<long>(),
            used_bytes = table.Column<long>(),
            reported = table.Column<long>(nullable: true),
            report_epoch = table.Column<long>(),
            report_sequence = table.Column<long>(),
            revision = table.Column<long>(),
            version = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_quota", row => new { row.tenant, row.repository });
            table.ForeignKey("FK_quota_tenant_tenant", row => row.tenant, "tenant", "id", onDelete: ReferentialAction.Cascade);
            table.ForeignKey("FK_quota_repository_repository", row => row.repository, "repository", "id", onDelete: ReferentialAction.Restrict);
        });
        builder.CreateIndex("IX_quota_repository", "quota", "repository");
    }

    private static void CreateGateways(MigrationBuilder builder)
    {
        builder.CreateTable("gateway", table => new
        {
            id = table.Column<string>(),
            mode = table.Column<int>(),
            host = table.Column<string>(),
            port = table.Column<int>(),
            weight = table.Column<int>(),
            wanted_state = table.Column<int>(),
            serial = table.Column<string>(nullable: true),
            previous_serial = table.Column<string>(nullable: true),
            not_after = table.Column<long>(nullable: true),
            revoked = table.Column<bool>(),
            created = table.Column<long>(),
            version = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_gateway", row => row.id);
        });
        builder.CreateIndex("IX_gateway_host_port", "gateway", ["host", "port"], unique: true);

        builder.CreateTable("gateway_pool", table => new
        {
            gateway = table.Column<string>(),
            pool = table.Column<string>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_gateway_pool", row => new { row.gateway, row.pool });
            table.ForeignKey("FK_gateway_pool_gateway_gateway", row => row.gateway, "gateway", "id", onDelete: ReferentialAction.Cascade);
        });
        builder.CreateIndex("IX_gateway_pool_pool", "gateway_pool", "pool");
    }

    private static void CreateJobs(MigrationBuilder builder)
    {
        builder.CreateTable("job", table => new
        {
            tenant = table.Column<string>(),
            id = table.Column<string>(),
            mode = table.Column<int>(),
            repository = table.Column<string>(),
            last_good = table.Column<long>(nullable: true),
            next_run = table.Column<long>(),
            version = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_job", row => new { row.tenant, row.id });
            table.ForeignKey("FK_job_tenant_tenant", row => row.tenant, "tenant", "id", onDelete: ReferentialAction.Cascade);
            table.ForeignKey("FK_job_repository_repository", row => row.repository, "repository", "id", onDelete: ReferentialAction.Restrict);
        });
        builder.CreateIndex("IX_job_repository", "job", "repository");

        builder.CreateTable("run", table => new
        {
            tenant = table.Column<string>(),
            job = table.Column<string>(),
            run = table.Column<long>(),
            status = table.Column<int>(),
            connector = table.Column<string>(),
            repository = table.Column<string>(),
            host = table.Column<string>(),
            tool = table.Column<string>(),
            reads_only = table.Column<bool>(),
            connections = table.Column<int>(),
            server_name = table.Column<string>(),
            started = table.Column<long>(),
            ended = table.Column<long>(nullable: true),
            heard = table.Column<long>(),
            cancel_requested = table.Column<bool>(),
            reason = table.Column<string>(nullable: true),
            snapshot = table.Column<string>(nullable: true),
            snapshot_committed = table.Column<long>(nullable: true),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_run", row => new { row.tenant, row.job, row.run });
            table.ForeignKey("FK_run_job_tenant_job", row => new { row.tenant, row.job }, "job", ["tenant", "id"], onDelete: ReferentialAction.Cascade);
        });
        builder.CreateIndex("IX_run_server_name", "run", "server_name", unique: true);
        builder.CreateIndex("IX_run_ended_heard", "run", ["ended", "heard"]);

        builder.CreateTable("attempt", table => new
        {
            tenant = table.Column<string>(),
            job = table.Column<string>(),
            run = table.Column<long>(),
            attempt = table.Column<int>(),
            started = table.Column<long>(),
            ended = table.Column<long>(nullable: true),
            exit_code = table.Column<int>(nullable: true),
            reason = table.Column<string>(nullable: true),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_attempt", row => new { row.tenant, row.job, row.run, row.attempt });
            table.ForeignKey("FK_attempt_run_tenant_job_run", row => new { row.tenant, row.job, row.run }, "run", ["tenant", "job", "run"], onDelete: ReferentialAction.Cascade);
        });

        builder.CreateTable("path_step", table => new
        {
            tenant = table.Column<string>(),
            job = table.Column<string>(),
            run = table.Column<long>(),
            attempt = table.Column<int>(),
            gateway = table.Column<string>(),
            position = table.Column<int>(),
            connections = table.Column<long>(),
            bytes_up = table.Column<long>(),
            bytes_down = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_path_step", row => new { row.tenant, row.job, row.run, row.attempt, row.gateway });
            table.ForeignKey("FK_path_step_attempt_tenant_job_run_attempt", row => new { row.tenant, row.job, row.run, row.attempt }, "attempt", ["tenant", "job", "run", "attempt"], onDelete: ReferentialAction.Cascade);
        });

        builder.CreateTable("route", table => new
        {
            label = table.Column<string>(),
            server_name = table.Column<string>(),
            tenant = table.Column<string>(),
            job = table.Column<string>(),
            run = table.Column<long>(),
            repository = table.Column<string>(),
            connector = table.Column<string>(),
            rights = table.Column<int>(),
            pools = table.Column<string>(),
            opened = table.Column<long>(),
            expires = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_route", row => row.label);
            table.ForeignKey("FK_route_job_tenant_job", row => new { row.tenant, row.job }, "job", ["tenant", "id"], onDelete: ReferentialAction.Cascade);
        });
        builder.CreateIndex("IX_route_server_name", "route", "server_name", unique: true);
        builder.CreateIndex("IX_route_repository", "route", "repository");
        builder.CreateIndex("IX_route_tenant_connector", "route", ["tenant", "connector"]);
        builder.CreateIndex("IX_route_tenant_job", "route", ["tenant", "job"]);

        builder.CreateTable("route_gateway", table => new
        {
            label = table.Column<string>(),
            gateway = table.Column<string>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_route_gateway", row => new { row.label, row.gateway });
            table.ForeignKey("FK_route_gateway_route_label", row => row.label, "route", "label", onDelete: ReferentialAction.Cascade);
        });
        builder.CreateIndex("IX_route_gateway_gateway", "route_gateway", "gateway");
    }

    private static void CreateRecords(MigrationBuilder builder)
    {
        builder.CreateTable("enrolment_code", table => new
        {
            secret_sha256 = table.Column<byte[]>(),
            role = table.Column<int>(),
            subject = table.Column<string>(),
            level = table.Column<int>(),
            created = table.Column<long>(),
            expires = table.Column<long>(),
            used = table.Column<long>(nullable: true),
            public_key_sha256 = table.Column<byte[]>(nullable: true),
            certificate = table.Column<byte[]>(nullable: true),
            serial = table.Column<string>(nullable: true),
            not_after = table.Column<long>(nullable: true),
            identity = table.Column<string>(nullable: true),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_enrolment_code", row => row.secret_sha256);
        });
        builder.CreateIndex("IX_enrolment_code_role_subject", "enrolment_code", ["role", "subject"]);
        builder.CreateIndex("IX_enrolment_code_expires", "enrolment_code", "expires");

        builder.CreateTable("certificate", table => new
        {
            serial = table.Column<string>(),
            identity = table.Column<string>(),
            public_key_sha256 = table.Column<byte[]>(),
            issued = table.Column<long>(),
            not_after = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_certificate", row => row.serial);
        });
        builder.CreateIndex("IX_certificate_identity", "certificate", "identity");

        builder.CreateTable("edge_log", table => new
        {
            sequence = table.Column<long>().Identity(),
            audience = table.Column<string>(),
            kind = table.Column<string>(),
            payload = table.Column<string>(),
            at = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_edge_log", row => row.sequence);
        });
        builder.CreateIndex("IX_edge_log_at", "edge_log", "at");

        builder.CreateTable("audit", table => new
        {
            id = table.Column<long>().Identity(),
            at = table.Column<long>(),
            kind = table.Column<string>(),
            who = table.Column<string>(),
            what = table.Column<string>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_audit", row => row.id);
        });
        builder.CreateIndex("IX_audit_at", "audit", "at");

        builder.CreateTable("silo_secret", table => new
        {
            name = table.Column<string>(),
            ciphertext = table.Column<byte[]>(),
            created = table.Column<long>(),
        }, constraints: table =>
        {
            table.PrimaryKey("PK_silo_secret", row => row.name);
        });
    }
}
