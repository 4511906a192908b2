namespace Headgate.Gateway.Draining;

/// <summary>How far a drain by the provider is.</summary>
/// <param name="Left">Connections that are left.</param>
/// <param name="AtStart">Connections when it began.</param>
/// <param name="SecondsLeft">What is left is reset after so many seconds; absent: it has its own time.</param>
internal sealed record DrainProgress(int Left, int AtStart, double? SecondsLeft);
