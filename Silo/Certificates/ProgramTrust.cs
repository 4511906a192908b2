namespace Headgate.Silo.Certificates;

/// <summary>What an enrolled program trusts.</summary>
/// <param name="Identity"><c>urn:headgate:role:id</c>.</param>
/// <param name="Ends">When its certificate ends.</param>
/// <param name="Trusts">The fingerprints that it last named, first that of its own certificate's root; empty when it never named any.</param>
/// <param name="Confirmed">When it named them, or null.</param>
/// <param name="Serials">Of the certificates that it may hold.</param>
internal sealed record ProgramTrust(string Identity, DateTimeOffset Ends, IReadOnlyList<string> Trusts, DateTimeOffset? Confirmed, IReadOnlyList<string> Serials);
