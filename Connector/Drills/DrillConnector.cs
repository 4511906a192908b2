using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Forwarding;
using Headgate.Connector.Resume;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Resume;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Drills;

/// <summary>
/// The connector of the provider's failover drills: an ordinary one, enrolled over a gateway and with a state folder of its own, whose tool is in this process.
/// Not safe for concurrent use.
/// </summary>
/// <param name="folder">The state folder; made with the enrolment.</param>
/// <param name="time">The clock.</param>
public sealed class DrillConnector(string folder, TimeProvider time)
{
    private readonly StateFolder _folder = new(folder);

    /// <summary>Tenant and connector that the folder holds the identity of, as <c>tenant/connector</c>; null where there is none.</summary>
    /// <exception cref="DrillFailedException">There is one that cannot be read.</exception>
    public string? Enrolled()
    {
        try
        {
            if (!ProgramIdentity.TryLoad(_folder.Path, out var identity))
            {
                return null;
            }

            using (identity)
            {
                return time.GetUtcNow() < identity.Certificate.NotAfter.ToUniversalTime() ? identity.Identity.Id : null;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException or FormatException or System.Text.Json.JsonException)
        {
            throw new DrillFailedException($"The drills' identity in {_folder.Path} cannot be read: {e.Message} Remove the folder, and the next drill enrols anew.", e);
        }
    }

    /// <summary>Enrols with <paramref name="code"/> over one of <paramref name="gateways"/>; an identity that there was is lost.</summary>
    /// <exception cref="DrillFailedException">No gateway answers, or the code is refused.</exception>
    public async Task EnrolAsync(string code, string hostName, GatewayList gateways, CancellationToken cancellationToken)
    {
        if (!EnrolmentCode.TryParse(code, out var parsed))
        {
            throw new DrillFailedException("The silo made a code that cannot be read.");
        }

        try
        {
            _folder.Create();
            using var key = EnrolmentKey.LoadOrMake(_folder.Path);
            using var identity = await new Enroller(Resolver(), DialTimeouts.Default, time).EnrolAsync(parsed, AddressesOf(gateways), key, hostName, cancellationToken);
            identity.Save(_folder.Path);
            EnrolmentKey.Forget(_folder.Path);
            _folder.SaveSettings(new ConnectorSettings(hostName, gateways));
        }
        catch (Exception e) when (e is ConnectorFailureException or IOException or UnauthorizedAccessException)
        {
            throw new DrillFailedException(e.Message, e);
        }
    }

    /// <summary>Carries a drill out.</summary>
    /// <exception cref="DrillFailedException">It could not be: no gateway answers, the provider refuses, no run could be opened.</exception>
    public async Task<DrillResult> RunAsync(DrillPlan plan, IDrillDirector director, CancellationToken cancellationToken)
    {
        try
        {
            var dialer = new TlsDialer(_folder.LoadIdentity(), DialTimeouts.Default, time);
            try
            {
                using var api = new TenantApiClient(dialer, AddressesOf(plan.Gateways), time);
                var renewal = new Renewal(_folder, time);
                api.Answered = async token =>
                {
                    if (await renewal.TryAsync(dialer.Identity, api, director.Say, token) is { } next)
                    {
                        dialer.Replace(next);
                    }
                };
                var order = new GatewayOrder(time);

                // Nobody is served by a drill that waits for hours: what has no way by then has failed.
                var limits = new CopyLimits { Session = new ResumeLimits { Wait = plan.Patience * 2 } };
                var copies = new CopyRoutes(dialer, Resolver(), order, api.GatewaysAsync, limits, director.Say, time, Random.Shared.NextDouble);
                await using var forwarder = new LoopbackForwarder(
                    new RouteDialer(dialer, Resolver(), order, api.GatewaysAsync, time), order, 0, ForwarderLimits.Default, time, copies);
                return await new DrillRun(plan, director, api, forwarder, _folder.LoadSettings().HostName, time).RunAsync(cancellationToken);
            }
            finally
            {
                dialer.Identity.Dispose();
            }
        }
        catch (Exception e) when (e is ConnectorFailureException or ProblemException)
        {
            throw new DrillFailedException(e.Message, e);
        }
    }

    private static NameResolver Resolver() => new(new Dictionary<string, IReadOnlyList<System.Net.IPAddress>>());

    private static ProviderAddresses AddressesOf(GatewayList gateways) => gateways.Gateways is [var first, ..]
        ? new ProviderAddresses(first.Host, first.Port, Resolver(), () => gateways)
        : throw new DrillFailedException("There is no gateway to begin with.");
}
