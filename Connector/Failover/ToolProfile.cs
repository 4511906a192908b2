namespace Headgate.Connector.Failover;

/// <summary>What the connector knows about a tool from its name and subcommand.</summary>
/// <param name="Name">For people, such as <c>restic backup</c>; never an argument's value.</param>
/// <param name="IsRestic">Its exit codes are restic's.</param>
/// <param name="ReadsOnly">It writes nothing but locks.</param>
/// <param name="WritesSnapshot">It writes a snapshot when it succeeds.</param>
/// <param name="Connections">Connections that it usually opens.</param>
internal sealed record ToolProfile(string Name, bool IsRestic, bool ReadsOnly, bool WritesSnapshot, int Connections)
{
    /// <summary>What restic opens unless <c>-o rest.connections=N</c> says otherwise.</summary>
    public const int UsualConnections = 5;
}
