using Headgate.Grains;

namespace Headgate.Silo.Grains.Drills;

/// <summary>A drill in the state, and which server's process carries it out.</summary>
[GenerateSerializer, Immutable]
internal sealed record DrillEntry(DrillInfo Drill, string? Runner);
