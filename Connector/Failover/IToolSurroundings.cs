using System.Diagnostics;

namespace Headgate.Connector.Failover;

/// <summary>What a tool finds around it instead of this program's own environment and terminal.</summary>
internal interface IToolSurroundings
{
    /// <summary>Changes how it is started.</summary>
    void Prepare(ProcessStartInfo start);

    /// <summary>Takes what it says, to its end.</summary>
    Task AttendAsync(Process process);
}
