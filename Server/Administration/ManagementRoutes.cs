namespace Headgate.Server.Administration;

/// <summary>The management API's paths, on <c>&lt;data&gt;/admin.sock</c>. Whoever may open the socket file may do everything.</summary>
internal static class ManagementRoutes
{
    public const string Authority = "/v1/authority";
    public const string AuthorityNext = Authority + "/next";
    public const string AuthoritySwitch = Authority + "/switch";
    public const string AuthorityRetire = Authority + "/retire";
    public const string Tenants = "/v1/tenants";
    public const string Quotas = "/v1/quotas";
    public const string Gateways = "/v1/gateways";
    public const string Repositories = "/v1/repositories";
    public const string Jobs = "/v1/jobs";
    public const string Accounts = "/v1/accounts";
    public const string Drills = "/v1/drills";
    public const string DrillSchedule = Drills + "/schedule";
    public const string FleetTokens = "/v1/fleet-tokens";

    public static string Tenant(string tenant) => $"{Tenants}/{Escape(tenant)}";

    public static string Quota(string tenant, string repository) => $"{Tenant(tenant)}/quotas/{Escape(repository)}";

    public static string QuotaFence(string tenant, string repository) => Quota(tenant, repository) + "/fence";

    public static string ConnectorCodes(string tenant) => Tenant(tenant) + "/codes";

    public static string Connector(string tenant, string connector) => $"{Tenant(tenant)}/connectors/{Escape(connector)}";

    public static string AccessKeys(string tenant) => Tenant(tenant) + "/access-keys";

    public static string AccessKey(string tenant, string key) => $"{AccessKeys(tenant)}/{Escape(key)}";

    public static string Job(string tenant, string job) => $"{Tenant(tenant)}/jobs/{Escape(job)}";

    public static string CancelJob(string tenant, string job) => Job(tenant, job) + "/cancel";

    public static string Gateway(string gateway) => $"{Gateways}/{Escape(gateway)}";

    public static string GatewayCodes(string gateway) => Gateway(gateway) + "/codes";

    public static string GatewayCertificate(string gateway) => Gateway(gateway) + "/certificate";

    public static string FleetToken(string token) => $"{FleetTokens}/{Escape(token)}";

    public static string Repository(string repository) => $"{Repositories}/{Escape(repository)}";

    public static string RepositoryCodes(string repository) => Repository(repository) + "/codes";

    public static string RepositoryEndpoint(string repository) => Repository(repository) + "/endpoint";

    public static string RepositoryCertificate(string repository) => Repository(repository) + "/certificate";

    public static string RepositoryFence(string repository) => Repository(repository) + "/fence";

    public static string RepositoryRecount(string repository) => Repository(repository) + "/recount";

    public static string Account(string account) => $"{Accounts}/{Escape(account)}";

    public static string AccountPassword(string account) => Account(account) + "/password";

    public static string AccountSecondFactor(string account) => Account(account) + "/second-factor";

    // A '/' or '..' in a name must not lead to another path; the server then refuses the name itself.
    private static string Escape(string part) => Uri.EscapeDataString(part is "." or ".." ? "%" + part : part);
}
