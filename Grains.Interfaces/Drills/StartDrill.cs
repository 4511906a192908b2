namespace Headgate.Grains;

/// <summary>Asks for a drill.</summary>
/// <param name="Repository">The repository that its run writes to: some MiB, which it deletes again.</param>
/// <param name="Pool">The pool whose gateways it tries; a drill needs two of them.</param>
[GenerateSerializer, Immutable, Alias("headgate.start-drill")]
public sealed record StartDrill(string Repository, string Pool);
