using Headgate.Grains;
using Headgate.Silo.Storage.Engines;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage;

/// <summary>
/// The silo's tables. Contexts from the factory read (nothing is tracked); what grains remember is written through <see cref="ISiloWriter"/>,
/// which is the process's one writer. Times are Unix milliseconds in UTC, names are snake case.
/// </summary>
internal sealed class SiloDbContext(DbContextOptions<SiloDbContext> options) : DbContext(options)
{
    /// <summary>What the work under way changes, on the writer's context: the writer tells it to those who follow changes.</summary>
    public List<(SubjectKind Kind, string Key)> Changed { get; } = [];

    public DbSet<TenantRow> Tenants => Set<TenantRow>();

    public DbSet<TenantPoolRow> TenantPools => Set<TenantPoolRow>();

    public DbSet<EntitlementRow> Entitlements => Set<EntitlementRow>();

    public DbSet<ConnectorRow> Connectors => Set<ConnectorRow>();

    public DbSet<AccessKeyRow> AccessKeys => Set<AccessKeyRow>();

    public DbSet<RunClaimRow> RunClaims => Set<RunClaimRow>();

    public DbSet<QuotaRow> Quotas => Set<QuotaRow>();

    public DbSet<QuotaLeaseRow> QuotaLeases => Set<QuotaLeaseRow>();

    public DbSet<RepositoryRow> Repositories => Set<RepositoryRow>();

    public DbSet<GatewayRow> Gateways => Set<GatewayRow>();

    public DbSet<GatewayPoolRow> GatewayPools => Set<GatewayPoolRow>();

    public DbSet<JobRow> Jobs => Set<JobRow>();

    public DbSet<RunRow> Runs => Set<RunRow>();

    public DbSet<AttemptRow> Attempts => Set<AttemptRow>();

    public DbSet<PathStepRow> PathSteps => Set<PathStepRow>();

    public DbSet<RouteRow> Routes => Set<RouteRow>();

    public DbSet<RouteGatewayRow> RouteGateways => Set<RouteGatewayRow>();

    public DbSet<EnrolmentCodeRow> EnrolmentCodes => Set<EnrolmentCodeRow>();

    public DbSet<CertificateRow> Certificates => Set<CertificateRow>();

    public DbSet<EdgeLogRow> EdgeLog => Set<EdgeLogRow>();

    public DbSet<AuditRow> Audit => Set<AuditRow>();

    public DbSet<AccountRow> Accounts => Set<AccountRow>();

    public DbSet<RecoveryCodeRow> RecoveryCodes => Set<RecoveryCodeRow>();

    public DbSet<ChangeRow> Changes => Set<ChangeRow>();

    public DbSet<FleetTokenRow> FleetTokens => Set<FleetTokenRow>();

    public DbSet<FleetGatewayRow> FleetGateways => Set<FleetGatewayRow>();

    public DbSet<DrillsRow> DrillBooks => Set<DrillsRow>();

    public DbSet<DrillRow> Drills => Set<DrillRow>();

    public DbSet<ProgramTrustRow> ProgramTrusts => Set<ProgramTrustRow>();

    public DbSet<SecretRow> Secrets => Set<SecretRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMilliseconds>();
        if (Database.IsNpgsql())
        {
            configurationBuilder.Properties<string>().UseCollation(PostgreSqlEngine.Collation);
        }
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(SiloDbContext).Assembly);
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase.Of(property.Name));
            }
        }
    }
}
