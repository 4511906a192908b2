namespace Headgate.Relay.Bench;

/// <summary>What was asked for cannot be; the message says why.</summary>
internal sealed class UsageException(string message) : Exception(message);
