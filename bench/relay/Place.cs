namespace Headgate.Relay.Bench;

/// <summary>Where a relay is reached.</summary>
/// <param name="Address">Address and port.</param>
/// <param name="HelloFile">The ClientHello whose server name leads to the target.</param>
/// <param name="Namespace">The network namespace that it is reached from; null: this one.</param>
internal sealed record Place(string Address, string HelloFile, string? Namespace = null);
