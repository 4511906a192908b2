namespace Headgate.EndToEnd.Tests;

/// <summary>Where the built programs are: those of this test's own configuration.</summary>
internal static class Programs
{
    public static string Root { get; } = FindRoot();

    /// <summary>Release or Debug, as these tests are.</summary>
    public static string Configuration { get; } = Framework.Parent!.Name;

    public static string Server { get; } = Find("Server", "headgate-server");

    public static string Gateway { get; } = Find("Gateway", "headgate-gateway");

    public static string Repository { get; } = Find("Repository", "headgate-repository");

    public static string Connector { get; } = Find("Connector", "headgate");

    /// <summary>.../tests/(these tests)/bin/(configuration)/(framework)/</summary>
    private static DirectoryInfo Framework => new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Solution.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Solution.sln above {AppContext.BaseDirectory}.");
    }

    private static string Find(string part, string program)
    {
        var output = Path.Combine("bin", Configuration, Framework.Name);
        return Path.Combine(Root, part, output, program);
    }
}
