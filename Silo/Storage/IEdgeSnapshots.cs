using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;

namespace Headgate.Silo.Storage;

/// <summary>Everything that one gateway or repository must know, read in one transaction with the sequence number it stands for. Safe for concurrent use.</summary>
internal interface IEdgeSnapshots
{
    /// <summary>For a gateway, or null when there is none of that id.</summary>
    Task<GatewaySnapshot?> GatewayAsync(string gateway, CancellationToken cancellationToken);

    /// <summary>For a repository, or null when there is none of that id.</summary>
    Task<RepositorySnapshot?> RepositoryAsync(string repository, CancellationToken cancellationToken);

    /// <summary>
    /// Who holds a gateway's or repository's place, or null when there is none of that id. A certificate that is the holder's now was so at any time since
    /// it was first seen: what was read for it meanwhile is its own.
    /// </summary>
    Task<EdgeHolder?> HolderAsync(CertificateRole role, string id, CancellationToken cancellationToken);

    /// <summary>The grant of an open route that leads to <paramref name="repository"/>, or null.</summary>
    Task<RunGrant?> GrantAsync(string repository, string serverName, CancellationToken cancellationToken);

    /// <summary>The run that <paramref name="serverName"/> is or was the route of, ended or not, when it is on <paramref name="repository"/>; else null. For late words about a run.</summary>
    Task<RunReference?> RunAsync(string repository, string serverName, CancellationToken cancellationToken);

    /// <summary>The access key of the tenant that <paramref name="serverName"/> is the access of on <paramref name="repository"/>, revoked or not; else null. For words about its use.</summary>
    Task<AccessReference?> AccessAsync(string repository, string serverName, string accessKey, CancellationToken cancellationToken);
}
