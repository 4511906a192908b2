namespace Headgate.Relay.Bench;

/// <summary>Something that is measured did not work; the message says what.</summary>
internal sealed class BenchException(string message) : Exception(message);
