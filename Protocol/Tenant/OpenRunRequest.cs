namespace Headgate.Protocol.Tenant;

/// <summary>Opens a run of a job (made when first named).</summary>
/// <param name="Job">The job's id.</param>
/// <param name="Kind">How network faults are met.</param>
/// <param name="Repository">The cloud repository's id.</param>
/// <param name="Host">The machine's host name, for people.</param>
/// <param name="Tool">The tool and its subcommand, such as <c>restic backup</c>; never its arguments.</param>
/// <param name="ReadsOnly">The tool only reads: the run gets no right to write but locks, and is exempt from the run limit.</param>
/// <param name="Connections">Connections the tool usually opens (restic: 5).</param>
public sealed record OpenRunRequest(
    string Job,
    JobKind Kind,
    string Repository,
    string Host,
    string Tool,
    bool ReadsOnly,
    int Connections);
