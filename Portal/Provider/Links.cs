namespace Headgate.Portal.Provider;

/// <summary>Where things of this site are.</summary>
internal static class Links
{
    // "new" is an id that can be, and the address of the page that makes one.
    private const string New = "new";

    public static string Tenant(string tenant, string? section = null) =>
        section is null && tenant != New ? $"/tenants/{tenant}" : $"/tenants/{tenant}/{section ?? "overview"}";

    public static string Repository(string repository) => repository == New ? $"/repositories/{repository}/details" : $"/repositories/{repository}";

    public static string Job(string tenant, string job) => $"/jobs/{tenant}/{job}";

    public static string Gateway(string gateway) => gateway is New or "pools" or "fleet" ? $"/gateways/{gateway}/details" : $"/gateways/{gateway}";

    /// <summary>The gateways of a pool.</summary>
    public static string Pool(string pool) => $"/gateways?filter=pool%3A{pool}";

    public static string Account(string account) => $"/accounts/{Uri.EscapeDataString(account)}";
}
