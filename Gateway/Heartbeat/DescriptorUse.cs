namespace Headgate.Gateway.Heartbeat;

/// <summary>How a gateway stands with its descriptors.</summary>
/// <param name="Limit">What the process may open.</param>
/// <param name="Needed">What it needs for as many connections as <c>--max-connections</c> says.</param>
/// <param name="ForConnections">How many of them connections may hold.</param>
/// <param name="Taken">How many they hold.</param>
/// <param name="Accepting">Whether connections are accepted; false while too few are left.</param>
/// <param name="Pauses">How often accepting paused because of that.</param>
internal sealed record DescriptorUse(long Limit, long Needed, int ForConnections, int Taken, bool Accepting, long Pauses);
