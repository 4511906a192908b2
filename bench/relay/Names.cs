namespace Headgate.Relay.Bench;

/// <summary>A server name, the file with a ClientHello that asks for it, and the target that it leads to.</summary>
internal sealed record Names(string ServerName, string HelloFile, string Target);
