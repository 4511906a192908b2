namespace Headgate.Portal.Provider.Downloads;

/// <summary>What the programs are, in words.</summary>
internal static class ProgramText
{
    public static string Name(string program) => program switch
    {
        "gateway" => "Gateway",
        "repository" => "Repository",
        "connector" => "Connector",
        "server" => "Server",
        _ => program,
    };

    public static string Sentence(string program) => program switch
    {
        "gateway" => "For hosts at the edge that tenants connect to. New gateway shows the one command that installs it.",
        "repository" => "For storage hosts that keep tenants' backups. New repository shows the one command that installs it.",
        "connector" => "For tenants' machines: it finds the gateways, runs jobs and keeps them going.",
        "server" => "This program: silo, portal and tenants' site.",
        _ => "",
    };

    public static string Platform(string runtime) => runtime switch
    {
        "linux-x64" => "Linux, x64",
        "win-x64" => "Windows, x64",
        _ => runtime,
    };

    public static int Order(string program) => program switch { "gateway" => 0, "repository" => 1, "connector" => 2, _ => 3 };
}
