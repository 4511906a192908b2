namespace Headgate.Silo.Grains;

/// <summary>Keys of two ids.</summary>
internal static class GrainKey
{
    /// <summary><c>tenant/job</c> or <c>tenant/repository</c>.</summary>
    public static string Of(string tenant, string other) => tenant + "/" + other;

    /// <summary>The two ids of a key; the second is empty when there is no slash.</summary>
    public static (string Tenant, string Other) Split(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (key, "") : (key[..slash], key[(slash + 1)..]);
    }
}
