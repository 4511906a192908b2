using System.Globalization;
using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Authorization;
using Headgate.Silo.Grains;
using Headgate.Silo.Grains.Quotas;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.EdgeApi;

/// <summary>
/// Leases of bytes: what a repository host says of its leases and asks, any number of tenants at once, each decided by its own quota. A repository asks for itself alone:
/// its id is its certificate's. When one tenant's quota cannot answer, the whole request fails, and the host repeats it with the same sequence number.
/// </summary>
internal sealed class LeaseEndpoint(IClusterClient grains, SecurityAudit audit, QuotaMetrics metrics, ILogger<LeaseEndpoint> logger)
{
    private const long RequestBytes = 64 * 1024 * 1024;
    private const int MaxTenants = 200_000;
    private const int MaxNamed = 20;
    private const int AtOnce = 16;

    /// <summary>Maps it onto the edge API.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(EdgeRoutes.Leases, (LeaseRequest request, HttpContext context, LeaseEndpoint endpoint) => endpoint.AnswerAsync(request, context)).WithRate(RateRule.Leases)
            .RequireRole(CertificateRole.Repository)
            .WithBodyLimit(RequestBytes);

    /// <summary>Answers a request.</summary>
    public async Task<Ok<LeaseAnswer>> AnswerAsync(LeaseRequest request, HttpContext context)
    {
        var leases = request.Leases ?? [];
        Check(request, leases);
        var repository = context.Peer().Id;
        var granted = new GrantedLease[leases.Count];
        await Parallel.ForAsync(
            0,
            leases.Count,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = context.RequestAborted },
            async (at, token) => granted[at] = await LeaseAsync(repository, request, leases[at], token));

        var superseded = granted.Count(lease => lease.Status == LeaseStatus.Superseded);
        if (superseded > 0)
        {
            audit.Record("lease-superseded", $"repository:{repository} host {request.Host} process {request.Epoch.ToString(CultureInfo.InvariantCulture)}", context);
            QuotaLog.Superseded(logger, repository, request.Host, request.Epoch, superseded);
        }
        return TypedResults.Ok(new LeaseAnswer(request.Epoch, request.Sequence, granted));
    }

    private static void Check(LeaseRequest request, IReadOnlyList<TenantLease> leases)
    {
        var checks = new FieldChecks()
            .Require(IsHost(request.Host), "host", request.Host, "16 digits of 0-9 and a-f")
            .Range("epoch", request.Epoch, 0, long.MaxValue)
            .Range("sequence", request.Sequence, 0, long.MaxValue)
            .Range("leases (tenants)", leases.Count, 0, MaxTenants);

        var named = 0;
        var tenants = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < leases.Count && named < MaxNamed; at++)
        {
            if (leases[at] is not { } lease || !IsPossible(lease) || !tenants.Add(lease.Tenant))
            {
                named++;
                Name(checks, string.Create(CultureInfo.InvariantCulture, $"leases[{at}]"), leases[at], tenants);
            }
        }
        checks.Done();
    }

    private static bool IsPossible(TenantLease lease) =>
        Identifier.IsValid(lease.Tenant)
        && lease.UsedBytes >= 0
        && lease.HeldBytes >= 0
        && lease.HeldMaintenanceBytes >= 0
        && lease.WantedBytes >= lease.HeldBytes
        && lease.WantedMaintenanceBytes >= lease.HeldMaintenanceBytes;

    private static void Name(FieldChecks checks, string field, TenantLease? lease, HashSet<string> tenants)
    {
        if (lease is null)
        {
            checks.Present(field, null);
            return;
        }
        checks
            .Id(field + ".tenant", lease.Tenant)
            .Require(!tenants.Contains(lease.Tenant ?? ""), field + ".tenant", lease.Tenant, "each tenant once")
            .Range(field + ".usedBytes", lease.UsedBytes, 0, long.MaxValue)
            .Range(field + ".heldBytes", lease.HeldBytes, 0, long.MaxValue)
            .Range(field + ".heldMaintenanceBytes", lease.HeldMaintenanceBytes, 0, long.MaxValue)
            .Range(field + ".wantedBytes", lease.WantedBytes, Math.Max(0, lease.HeldBytes), long.MaxValue)
            .Range(field + ".wantedMaintenanceBytes", lease.WantedMaintenanceBytes, Math.Max(0, lease.HeldMaintenanceBytes), long.MaxValue);
    }

    private static bool IsHost(string? host) => host is { Length: 16 } && host.All(char.IsAsciiHexDigitLower);

    private async Task<GrantedLease> LeaseAsync(string repository, LeaseRequest request, TenantLease lease, CancellationToken cancellationToken)
    {
        try
        {
            var grant = await grains.GetGrain<IQuotaGrain>(GrainKey.Of(lease.Tenant, repository)).LeaseAsync(
                new LeaseClaim(
                    request.Host,
                    request.Epoch,
                    request.Sequence,
                    lease.UsedBytes,
                    lease.HeldBytes,
                    lease.HeldMaintenanceBytes,
                    lease.WantedBytes,
                    lease.WantedMaintenanceBytes),
                cancellationToken);
            return new GrantedLease(
                lease.Tenant, Wire(grant.Outcome), grant.LimitBytes, grant.CeilingBytes, grant.MaintenanceBytes, grant.UsedElsewhereBytes);
        }
        catch (RefusedException refusal) when (refusal.Reason is RefusalReason.NoQuota)
        {
            // Data of a tenant that has no quota here.
            metrics.NoQuota();
            return new GrantedLease(lease.Tenant, LeaseStatus.NoQuota, 0, 0, 0, 0);
        }
    }

    private static LeaseStatus Wire(LeaseOutcome outcome) => outcome switch
    {
        LeaseOutcome.Granted => LeaseStatus.Granted,
        LeaseOutcome.Waiting => LeaseStatus.Waiting,
        _ => LeaseStatus.Superseded,
    };
}
