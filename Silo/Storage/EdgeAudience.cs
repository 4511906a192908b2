namespace Headgate.Silo.Storage;

/// <summary>Whom an event of the edge log is for.</summary>
internal static class EdgeAudience
{
    public const string Gateways = "gateways";

    public const string Repositories = "repositories";

    public static string Gateway(string id) => "gateway:" + id;

    public static string Repository(string id) => "repository:" + id;
}
