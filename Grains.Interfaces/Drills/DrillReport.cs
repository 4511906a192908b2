namespace Headgate.Grains;

/// <summary>What a drill measured.</summary>
/// <param name="Run">Its run of the drills' job.</param>
/// <param name="From">The gateway that carried the run until its path was closed there.</param>
/// <param name="To">The gateways over which it went on, in order of first use; empty: none.</param>
/// <param name="Streams">Streams that were being carried when the path was closed.</param>
/// <param name="Resumes">How often streams went on over another connection.</param>
/// <param name="LongestGapMilliseconds">The longest time that a stream was without a connection.</param>
/// <param name="PauseMilliseconds">From the moment the silo was told to close the path until all streams had gone on elsewhere.</param>
/// <param name="Objects">Objects that were uploaded.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Right">How many of them were read back with the right SHA-256.</param>
/// <param name="ToolErrors">Requests that the tool saw fail; a copy run promises none.</param>
[GenerateSerializer, Immutable, Alias("headgate.drill-report")]
public sealed record DrillReport(
    long Run,
    string? From,
    ImmutableArray<string> To,
    int Streams,
    int Resumes,
    long LongestGapMilliseconds,
    long PauseMilliseconds,
    int Objects,
    long Bytes,
    int Right,
    int ToolErrors);
