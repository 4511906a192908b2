using System.Text.RegularExpressions;

namespace Headgate.Portal.Tenants;

/// <summary>Keys of what belongs to a tenant, <c>tenant/id</c>. The tenant is the session's, always; the id may come from an address, and is looked at first.</summary>
internal static partial class OfTenant
{
    /// <summary>Whether <paramref name="id"/> can be an id; anything else never reaches a grain.</summary>
    public static bool IsId(string? id) => id is not null && Id().IsMatch(id);

    /// <summary>The key of the tenant's <paramref name="id"/>.</summary>
    /// <exception cref="ArgumentException">It is no id.</exception>
    public static string Key(string tenant, string id) => IsId(id) ? tenant + "/" + id : throw new ArgumentException("This is no id.", nameof(id));

    /// <summary>Whether a key is one of the tenant's.</summary>
    public static bool IsKey(string tenant, string key) =>
        key.Length > tenant.Length && key[tenant.Length] == '/' && key.StartsWith(tenant, StringComparison.Ordinal);

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id();
}
