namespace Headgate.Grains;

/// <summary>What runs of a stock client with an access key call their tool: nobody knows its subcommand.</summary>
public static class AgentlessTool
{
    private const string Prefix = "restic at ";

    /// <summary>Such as <c>restic at /host1/</c>.</summary>
    public static string Of(string path) => Prefix + path;

    /// <summary>Whether a run's tool is such a one.</summary>
    public static bool Is(string tool) => tool.StartsWith(Prefix, StringComparison.Ordinal);
}
