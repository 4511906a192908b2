namespace Headgate.Protocol.Tenant;

/// <summary>
/// What a repository answers to <c>GET /</c> under a run's or an access key's name: the restic repositories of the tenant that it was asked for, and
/// nothing of any other. Whoever may read may ask.
/// </summary>
/// <param name="Repositories">By path.</param>
public sealed record ResticRepositoryList(IReadOnlyList<ResticRepositoryEntry> Repositories);
