namespace Headgate.Protocol.Tenant;

/// <summary>How a run meets network faults. Carried by name.</summary>
public enum JobKind
{
    /// <summary>Faults reach the tool; a failed attempt is retried.</summary>
    Backup,

    /// <summary>Faults do not reach the tool: its streams go on over another gateway.</summary>
    Copy,
}
