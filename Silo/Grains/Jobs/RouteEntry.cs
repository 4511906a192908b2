using Headgate.Grains;

namespace Headgate.Silo.Grains.Jobs;

/// <summary>The route of a job's open run.</summary>
/// <param name="Label">Its unguessable name.</param>
/// <param name="ServerName">The server name made of it.</param>
/// <param name="Run">The run.</param>
/// <param name="Repository">Where it leads.</param>
/// <param name="Connector">Who may use it.</param>
/// <param name="Rights">What for.</param>
/// <param name="Pools">Gateways of these pools may carry it.</param>
/// <param name="Gateways">Gateways that were told of it without asking.</param>
/// <param name="Opened">When.</param>
/// <param name="Expires">Gateways ask again after this; moved while the run goes on.</param>
/// <param name="IsNew">Not written yet. A written one whose row is gone was closed by its tenant, and is not written again.</param>
[GenerateSerializer, Immutable]
internal sealed record RouteEntry(
    string Label,
    string ServerName,
    long Run,
    string Repository,
    string Connector,
    AccessLevel Rights,
    ImmutableArray<string> Pools,
    ImmutableArray<string> Gateways,
    DateTimeOffset Opened,
    DateTimeOffset Expires,
    bool IsNew)
{
    /// <summary>Of <see cref="Gateways"/>, those from which the route was taken again: they carry the run no more.</summary>
    [Id(0)]
    public ImmutableArray<string> Barred { get; init; } = [];
}
