namespace Headgate.Connector.Commands;

/// <summary>The job of what a command does by itself: each machine's own, so that two machines of a tenant never meet in one job.</summary>
internal static class MachineJob
{
    private const int MaxLength = 24;

    /// <summary><c>command-connector</c>, cut to what an id may have.</summary>
    public static string Of(string command, string connector)
    {
        var job = $"{command}-{connector}";
        return (job.Length > MaxLength ? job[..MaxLength] : job).TrimEnd('-');
    }
}
