namespace Headgate.Grains;

/// <summary>A repository.</summary>
/// <param name="Repository">Its id.</param>
/// <param name="Host">Name or address that gateways dial.</param>
/// <param name="Port">Its port.</param>
/// <param name="Enrolled">Whether it holds a certificate.</param>
/// <param name="Revoked">Whether its certificate was revoked.</param>
/// <param name="LastHeard">Its last heartbeat, or null since the silo started.</param>
/// <param name="State">What it last reported, or null.</param>
/// <param name="Version">Rises with every change.</param>
[GenerateSerializer, Immutable, Alias("headgate.repository-info")]
public sealed record RepositoryInfo(
    string Repository,
    string Host,
    int Port,
    bool Enrolled,
    bool Revoked,
    DateTimeOffset? LastHeard,
    RepositoryState? State,
    long Version);
