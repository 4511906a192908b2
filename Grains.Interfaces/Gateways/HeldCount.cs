namespace Headgate.Grains;

/// <summary>Connections that a repository holds from one gateway, as the repository says.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Connections">Open connections.</param>
[GenerateSerializer, Immutable, Alias("headgate.held-count")]
public sealed record HeldCount(
    string Gateway,
    int Connections);
