namespace Headgate.Connector.Failover;

/// <summary>The tool's environment: the user's own, with the repository set and whatever else could name or open one taken out.</summary>
internal static class ToolEnvironment
{
    private const string Repository = "RESTIC_REPOSITORY";
    private const string RestPrefix = "RESTIC_REST_";

    /// <summary>Changes <paramref name="environment"/> in place.</summary>
    public static void Prepare(IDictionary<string, string?> environment, string repositoryUrl)
    {
        // Windows compares names without case, and so does a careless script elsewhere.
        var unwanted = environment.Keys.Where(name =>
            name.Equals(Repository, StringComparison.OrdinalIgnoreCase)
            || name.Equals(Repository + "_FILE", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith(RestPrefix, StringComparison.OrdinalIgnoreCase)).ToArray();
        foreach (var name in unwanted)
        {
            environment.Remove(name);
        }

        environment[Repository] = repositoryUrl;
    }
}
