namespace Headgate.Grains;

/// <summary>Opens a run.</summary>
/// <param name="Mode">How network faults are met.</param>
/// <param name="Connector">The connector that runs it.</param>
/// <param name="Repository">Its repository.</param>
/// <param name="Host">The machine, for people.</param>
/// <param name="Tool">The tool and its subcommand.</param>
/// <param name="ReadsOnly">It only reads.</param>
/// <param name="Connections">Connections the tool usually opens, 1 to 64.</param>
[GenerateSerializer, Immutable, Alias("headgate.open-run")]
public sealed record OpenRun(
    JobMode Mode,
    string Connector,
    string Repository,
    string Host,
    string Tool,
    bool ReadsOnly,
    int Connections);
