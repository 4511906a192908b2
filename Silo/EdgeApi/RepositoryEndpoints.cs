using System.Text.RegularExpressions;
using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Authorization;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;
using Headgate.Silo.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Headgate.Silo.EdgeApi;

/// <summary>What repositories say and ask. A repository speaks for itself alone: its id is its certificate's.</summary>
internal static partial class RepositoryEndpoints
{
    private const double HeartbeatSeconds = 2;
    private const int MaxRoutes = 200_000;
    private const int MaxVersionChars = 64;
    private const int MaxPathChars = 200;
    private const long HeartbeatBytes = 32 * 1024 * 1024;

    public static void MapRepositories(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(EdgeRoutes.RepositoryHeartbeat, HeartbeatAsync).RequireRole(CertificateRole.Repository).WithBodyLimit(HeartbeatBytes);
        routes.MapGet(EdgeRoutes.Grants + "{serverName}", FindGrantAsync).RequireRole(CertificateRole.Repository);
        routes.MapPost(EdgeRoutes.Snapshots, RecordSnapshotAsync).RequireRole(CertificateRole.Repository);
    }

    private static async Task<Ok<RepositoryHeartbeatAnswer>> HeartbeatAsync(
        RepositoryHeartbeat heartbeat, HttpContext context, IClusterClient grains, HeldConnections held, CancellationToken cancellationToken)
    {
        var traffic = heartbeat.Traffic ?? [];
        var checks = new FieldChecks()
            .Text("version", heartbeat.Version, 1, MaxVersionChars)
            .Range("epoch", heartbeat.Epoch, 0, long.MaxValue)
            .Range("capacityBytes", heartbeat.CapacityBytes, 0, long.MaxValue)
            .Range("freeBytes", heartbeat.FreeBytes, 0, long.MaxValue)
            .Range("traffic (routes)", traffic.Count, 0, MaxRoutes);
        HeldConnections.Check(checks, heartbeat.Gateways);
        checks.Done();

        var repository = context.Peer().Id;
        await grains.GetGrain<IRepositoryGrain>(repository).HeartbeatAsync(
            new RepositoryState(heartbeat.Version, heartbeat.Epoch, heartbeat.CapacityBytes, heartbeat.FreeBytes), cancellationToken);
        await held.NoteAsync(repository, heartbeat.Gateways, cancellationToken);
        return TypedResults.Ok(new RepositoryHeartbeatAnswer(HeartbeatSeconds));
    }

    private static async Task<Ok<RunGrant>> FindGrantAsync(
        string serverName, HttpContext context, IEdgeSnapshots snapshots, CancellationToken cancellationToken)
    {
        new FieldChecks().Require(ZoneNames.IsDnsName(serverName), "serverName", serverName, "a lower-case DNS name").Done();
        return TypedResults.Ok(await snapshots.GrantAsync(context.Peer().Id, serverName, cancellationToken)
            ?? throw new RefusedException(RefusalReason.NotFound, $"There is no open route {serverName} to this repository."));
    }

    private static async Task<NoContent> RecordSnapshotAsync(
        SnapshotReport report, HttpContext context, IEdgeSnapshots snapshots, IClusterClient grains, SiloOptions options, CancellationToken cancellationToken)
    {
        new FieldChecks()
            .Require(ZoneNames.IsDnsName(report.ServerName), "serverName", report.ServerName, "a lower-case DNS name")
            .Text("path", report.Path, 1, MaxPathChars)
            .Require(report.Snapshot is not null && SnapshotName().IsMatch(report.Snapshot), "snapshot", report.Snapshot, "64 digits of 0-9 and a-f")
            .Require(report.Activity is null || AccessEndpoint.IsActivity(report.Activity), "activity", report.Activity, "32 digits of 0-9 and a-f, or null")
            .Done();

        if (new ZoneNames(options.Zone).Classify(report.ServerName) == ServerNameKind.Access)
        {
            await AccessEndpoint.RecordSnapshotAsync(report, context.Peer().Id, snapshots, grains, cancellationToken);
            return TypedResults.NoContent();
        }

        var run = await snapshots.RunAsync(context.Peer().Id, report.ServerName, cancellationToken)
            ?? throw new RefusedException(RefusalReason.NotFound, $"No run had the route {report.ServerName} to this repository.");
        await grains.GetGrain<IJobGrain>(run.JobKey).RecordSnapshotAsync(run.Run, report.Snapshot!, report.Committed, cancellationToken);
        return TypedResults.NoContent();
    }

    [GeneratedRegex(@"\A[0-9a-f]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SnapshotName();
}
