namespace Headgate.Grains;

/// <summary>Makes a repository.</summary>
/// <param name="Host">Name or address that gateways dial.</param>
/// <param name="Port">Its port.</param>
[GenerateSerializer, Immutable, Alias("headgate.create-repository")]
public sealed record CreateRepository(
    string Host,
    int Port);
