using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Silo.Authorization;
using Headgate.Silo.Certificates;
using Headgate.Silo.Grains.Enrolment;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Enrolment;

/// <summary>
/// First certificates and their renewal, alike on both APIs but for who may. Of a signing request only the public key is taken; the code is spent and the
/// certificate stored by the grain in one transaction, so that an answer that got lost can be asked for again with the same key.
/// </summary>
internal static class EnrolmentEndpoints
{
    private const int MaxHostChars = 253;

    /// <summary>Maps authority, enrol and renew.</summary>
    /// <param name="routes">The API's group.</param>
    /// <param name="roles">Who enrols here.</param>
    public static void MapEnrolment(this IEndpointRouteBuilder routes, params CertificateRole[] roles)
    {
        routes.MapGet(EdgeRoutes.Authority, (Authority authority) => TypedResults.Text(authority.RootPem, "application/x-pem-file")).AllowAnonymous().WithRate(RateRule.Authority);
        routes.MapPost(EdgeRoutes.Enrol, (EnrolmentRequest request, IClusterClient grains, Authority authority, SiloOptions options, CancellationToken token) =>
            EnrolAsync(request, roles, grains, authority, options, token)).AllowAnonymous().WithRate(RateRule.Enrolment, RateRule.EnrolmentOfAll)
            .AddEndpointFilter(AuditRefusalAsync);
        routes.MapPost(EdgeRoutes.Renew, RenewAsync).RequireRole(roles);
    }

    private static async Task<Ok<EnrolmentAnswer>> EnrolAsync(
        EnrolmentRequest request, CertificateRole[] roles, IClusterClient grains, Authority authority, SiloOptions options, CancellationToken cancellationToken)
    {
        var names = roles.Select(role => role.ToString().ToLowerInvariant()).ToArray();
        string[] words = roles.Contains(CertificateRole.Gateway) ? [.. names, FleetRequest.Role] : names;
        var isFleet = request.Role == FleetRequest.Role;
        var key = PublicKeys.OfRequest(request.Csr, out var keyError);
        var checks = new FieldChecks()
            .Require(words.Contains(request.Role), "role", request.Role, string.Join(" or ", words))
            .Id("subject", request.Subject)
            .Text("host", request.Host, 1, MaxHostChars);
        if (request.Secret is not { Length: > 0 and <= 128 })
        {
            checks.Add("secret", "is missing or too long; it is the part of the code between the second ':' and '@'.");
        }

        if (key is null)
        {
            checks.Add("csr", keyError!);
        }

        if (isFleet)
        {
            FleetRequest.Check(checks, request);
        }

        checks.Done();
        try
        {
            var issued = isFleet
                ? await grains.GetGrain<IFleetTokenGrain>(request.Subject).EnrolAsync(FleetRequest.Claim(request, key!), cancellationToken)
                : await EnrolAsync(
                    roles[Array.IndexOf(names, request.Role)], request.Subject, new EnrolmentClaim(request.Secret, [.. key!], request.Host), grains, cancellationToken);
            return TypedResults.Ok(Answer(issued, authority, options));
        }
        catch (RefusedException refusal) when (refusal.Reason == RefusalReason.NotFound)
        {
            // As a wrong code: nobody learns which ids there are.
            throw EnrolmentCodes.Unknown();
        }
    }

    private static Task<IssuedCertificate> EnrolAsync(
        CertificateRole role, string subject, EnrolmentClaim claim, IClusterClient grains, CancellationToken cancellationToken) => role switch
    {
        CertificateRole.Gateway => grains.GetGrain<IGatewayGrain>(subject).EnrolAsync(claim, cancellationToken),
        CertificateRole.Repository => grains.GetGrain<IRepositoryGrain>(subject).EnrolAsync(claim, cancellationToken),
        CertificateRole.Connector => grains.GetGrain<ITenantGrain>(subject).EnrolConnectorAsync(claim, cancellationToken),
        _ => throw new InvalidOperationException($"A {role} does not enrol."),
    };

    /// <summary>Guesses are told to the provider: the first of a source within each minute.</summary>
    private static async ValueTask<object?> AuditRefusalAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        try
        {
            return await next(call);
        }
        catch (RefusedException refusal) when (refusal.Reason is RefusalReason.CodeRefused or RefusalReason.CodeUsed)
        {
            var http = call.HttpContext;
            http.RequestServices.GetRequiredService<SecurityAudit>().Record("enrolment-refused", "source " + Sources.Of(RequestGate.SourceOf(http)), http);
            throw;
        }
    }

    private static async Task<Ok<EnrolmentAnswer>> RenewAsync(
        RenewalRequest request, HttpContext context, IClusterClient grains, Authority authority, SiloOptions options, CancellationToken cancellationToken)
    {
        if (PublicKeys.OfRequest(request.Csr, out var keyError) is not { } key)
        {
            throw new InvalidRequestException(new Dictionary<string, string[]> { ["csr"] = [keyError!] });
        }

        var peer = context.Peer();
        ImmutableArray<byte> publicKey = [.. key];
        var issued = await (peer.Identity.Role switch
        {
            CertificateRole.Gateway => grains.GetGrain<IGatewayGrain>(peer.Id).RenewAsync(peer.Serial, publicKey, cancellationToken),
            CertificateRole.Repository => grains.GetGrain<IRepositoryGrain>(peer.Id).RenewAsync(peer.Serial, publicKey, cancellationToken),
            _ => grains.GetGrain<ITenantGrain>(peer.Tenant).RenewConnectorAsync(peer.Connector, peer.Serial, publicKey, cancellationToken),
        });
        return TypedResults.Ok(Answer(issued, authority, options));
    }

    private static EnrolmentAnswer Answer(IssuedCertificate issued, Authority authority, SiloOptions options)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(issued.Certificate.AsSpan());
        return new EnrolmentAnswer(
            issued.Identity,
            options.Zone,
            leaf.ExportCertificatePem() + "\n" + authority.IssuerOf(leaf).ExportCertificatePem() + "\n",
            authority.RootPem + "\n");
    }
}
