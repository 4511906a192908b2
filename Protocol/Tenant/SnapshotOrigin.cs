namespace Headgate.Protocol.Tenant;

/// <summary>Where a snapshot came from, as its run said.</summary>
/// <param name="Snapshot">Its name.</param>
/// <param name="Host">The machine's name.</param>
/// <param name="Job">The job.</param>
/// <param name="Connector">The connector's id.</param>
public sealed record SnapshotOrigin(string Snapshot, string Host, string Job, string Connector);
