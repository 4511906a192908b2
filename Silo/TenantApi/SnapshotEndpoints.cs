using System.Text.RegularExpressions;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Tenant;
using Headgate.Silo.Authorization;
using Headgate.Silo.Problems;
using Headgate.Silo.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.TenantApi;

/// <summary>Which machines stored snapshots: a repository knows their names and cannot read them.</summary>
internal static partial class SnapshotEndpoints
{
    private const int MaxSnapshots = 500;

    public static void MapSnapshots(this IEndpointRouteBuilder routes) =>
        routes.MapPost(TenantRoutes.SnapshotOrigins, OriginsAsync).RequireRole(CertificateRole.Connector);

    private static async Task<Ok<SnapshotOriginsAnswer>> OriginsAsync(
        SnapshotOriginsRequest request, HttpContext context, IDbContextFactory<SiloDbContext> contexts, CancellationToken cancellationToken)
    {
        var snapshots = request.Snapshots ?? [];
        var bad = snapshots.FirstOrDefault(snapshot => snapshot is null || !Name().IsMatch(snapshot));
        new FieldChecks()
            .Id("repository", request.Repository)
            .Range("snapshots", snapshots.Count, 0, MaxSnapshots)
            .Require(bad is null && !snapshots.Any(snapshot => snapshot is null), "snapshots", bad, "names of 64 digits of 0-9 and a-f")
            .Done();

        var tenant = context.Peer().Tenant;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var runs = await db.Runs
            .Where(run => run.Tenant == tenant && run.Repository == request.Repository && run.Snapshot != null && snapshots.Contains(run.Snapshot))
            .Select(run => new SnapshotOrigin(run.Snapshot!, run.Host, run.Job, run.Connector))
            .ToListAsync(cancellationToken);
        return TypedResults.Ok(new SnapshotOriginsAnswer(runs));
    }

    [GeneratedRegex(@"\A[0-9a-f]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
