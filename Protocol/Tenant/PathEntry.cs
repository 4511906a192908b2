namespace Headgate.Protocol.Tenant;

/// <summary>A gateway that a run went over.</summary>
/// <param name="Gateway">Its id.</param>
/// <param name="Connections">Connections that were opened over it.</param>
/// <param name="BytesUp">Bytes sent over it.</param>
/// <param name="BytesDown">Bytes received over it.</param>
/// <param name="Reason">Why it was first used, one of <see cref="PathReasons"/>. Default: not said.</param>
/// <param name="After">The gateway whose place it took. Default: none.</param>
public sealed record PathEntry(
    string Gateway,
    long Connections,
    long BytesUp,
    long BytesDown,
    string? Reason = null,
    string? After = null);
