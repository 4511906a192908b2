using System.Collections.Immutable;
using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Tenant;
using Headgate.Silo.Authorization;
using Headgate.Silo.Grains.Jobs;
using Headgate.Silo.Problems;
using Headgate.Silo.Storage;
using Headgate.Silo.TenantApi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Headgate.Silo.EdgeApi;

/// <summary>What repositories see stock clients with access keys do: it becomes runs of a job of the key and the path.</summary>
internal static class AccessEndpoint
{
    private const int MaxPathChars = 200;
    private const int MaxKeyChars = 64;
    private const int MaxGateways = 64;
    private const int MaxSnapshots = 1_000_000;
    private const int ActivityChars = 32;

    public static void MapAccess(this IEndpointRouteBuilder routes) => routes.MapPost(EdgeRoutes.Activity, RecordAsync).RequireRole(CertificateRole.Repository);

    /// <summary>
    /// A snapshot came by an access key. It is told before the upload is answered, and so outlives a repository that is killed. That of a key which is no longer
    /// known is nobody's.
    /// </summary>
    public static async Task RecordSnapshotAsync(
        SnapshotReport report, string repository, IEdgeSnapshots snapshots, IClusterClient grains, CancellationToken cancellationToken)
    {
        if (await snapshots.AccessAsync(repository, report.ServerName, report.AccessKey ?? "", cancellationToken) is not { } access)
        {
            return;
        }
        var activity = new AccessActivity(
            repository,
            report.AccessKey!,
            report.Path,
            report.Activity ?? report.Snapshot[..ActivityChars],
            report.Activity is null ? null : report.Began ?? report.Committed,
            report.Committed,
            report.Activity is null ? AccessState.Ended : AccessState.Active,
            report.Snapshot,
            1,
            0,
            []);
        await JobOf(access, activity, grains).RecordAccessAsync(activity, cancellationToken);
    }

    /// <summary>Whether it can be the id of an activity.</summary>
    public static bool IsActivity(string? text) => text is { Length: ActivityChars } && text.All(char.IsAsciiHexDigitLower);

    private static async Task<NoContent> RecordAsync(
        AccessReport report, HttpContext context, IEdgeSnapshots snapshots, IClusterClient grains, CancellationToken cancellationToken)
    {
        var gateways = report.Gateways ?? [];
        var bad = gateways.FirstOrDefault(entry => entry is null || !Identifier.IsValid(entry.Gateway) || entry.Connections < 0 || entry.BytesUp < 0 || entry.BytesDown < 0);
        new FieldChecks()
            .Require(ZoneNames.IsDnsName(report.ServerName), "serverName", report.ServerName, "a lower-case DNS name")
            .Text("accessKey", report.AccessKey, 1, MaxKeyChars)
            .Text("path", report.Path, 1, MaxPathChars)
            .Require(IsActivity(report.Activity), "activity", report.Activity, "32 digits of 0-9 and a-f")
            .Known("phase", report.Phase)
            .Require(report.Seen >= report.Began, "seen", report.Seen.ToString("O"), "not before 'began'")
            .Require(report.Snapshot is null || (report.Snapshot.Length == 64 && report.Snapshot.All(char.IsAsciiHexDigitLower)), "snapshot", report.Snapshot, "64 digits of 0-9 and a-f, or null")
            .Range("written", report.Written, 0, MaxSnapshots)
            .Range("deleted", report.Deleted, 0, MaxSnapshots)
            .Range("gateways (entries)", gateways.Count, 0, MaxGateways)
            .Require(bad is null && !gateways.Contains(null!), "gateways", bad?.Gateway, "gateways' ids, with counts of 0 and more")
            .Done();

        var activity = new AccessActivity(
            context.Peer().Id, report.AccessKey, report.Path, report.Activity, report.Began, report.Seen, State(report.Phase),
            report.Snapshot, report.Written, report.Deleted, gateways.ToGrain());
        var access = await snapshots.AccessAsync(activity.Repository, report.ServerName, report.AccessKey, cancellationToken)
            ?? throw new RefusedException(RefusalReason.NotFound, $"There is no such key of the access {report.ServerName} to this repository.");
        await JobOf(access, activity, grains).RecordAccessAsync(activity, cancellationToken);
        return TypedResults.NoContent();
    }

    private static IJobGrain JobOf(AccessReference access, AccessActivity activity, IClusterClient grains) =>
        grains.GetGrain<IJobGrain>($"{access.Tenant}/{AgentlessRuns.JobOf(activity.Repository, activity.AccessKey, access.KeyName, activity.Path)}");

    private static AccessState State(AccessPhase phase) => phase switch
    {
        AccessPhase.Active => AccessState.Active,
        AccessPhase.Ended => AccessState.Ended,
        _ => AccessState.Abandoned,
    };
}
