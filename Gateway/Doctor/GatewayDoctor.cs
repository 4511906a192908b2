using System.Net;
using System.Text.Json;
using Headgate.Gateway.Heartbeat;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Routing;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Gateway.Doctor;

/// <summary>Examines a gateway's machine: what its data folder says, and what can be seen from here. It asks nothing of the running gateway.</summary>
internal sealed class GatewayDoctor(string dataFolder, DnsResolver? resolver, TimeProvider time)
{
    private const double LongSilence = 15;

    private static readonly Dictionary<IPAddress, string> s_unknown = [];

    private readonly Examination _found = new();

    /// <summary>Examines everything.</summary>
    public async Task<Examination> ExamineAsync(CancellationToken cancellationToken)
    {
        MachineChecks.Disk(_found, dataFolder, "the gateway keeps neither its routes nor a renewed certificate");
        MachineChecks.ClockIsKept(_found);
        var status = Status();
        using var identity = Identity();
        if (identity is null)
        {
            return _found;
        }

        await SiloAsync(identity, cancellationToken);
        await TargetsAsync(cancellationToken);
        await ListeningAsync(status, cancellationToken);
        await NamesAsync(new ZoneNames(identity.Zone), cancellationToken);
        return _found;
    }

    private GatewayStatus? Status()
    {
        const string Check = "gateway";
        GatewayStatus? status = null;
        try
        {
            status = StatusFile.Read(dataFolder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            _found.Fail(Check, $"its status cannot be read: {exception.Message}", "Run this as the gateway's user, with the --data that it runs with.");
            return null;
        }

        if (status is not { Running: true })
        {
            _found.Fail(Check, status is null ? $"none has run with {dataFolder}" : $"{status.Gateway} does not run; it wrote its status last at {status.Written:u}", "Start it: headgate-gateway run.");
            return status;
        }

        if (status.SiloSilentSeconds is null or > LongSilence)
        {
            _found.Fail(
                Check,
                status.SiloSilentSeconds is { } silent ? $"{status.Gateway} runs and has not heard the silo for {silent:0} s" : $"{status.Gateway} runs and has not heard the silo yet",
                "See what is said of the silo below.");
        }
        else if (status.Listening.Count == 0)
        {
            _found.Fail(Check, $"{status.Gateway} runs and listens nowhere; it is to be {status.WantedState.ToLowerInvariant()}", "A disabled gateway listens nowhere; else see its log.");
        }
        else
        {
            _found.Ok(Check, $"{status.Gateway} runs ({status.Version}), {status.WantedState.ToLowerInvariant()}, {status.Active} connections");
        }

        MachineChecks.OpenFiles(_found, status.Pid, status.Descriptors?.Needed ?? DescriptorLimit.Needed(new GatewayOptions().MaxConnections));
        if (status.Descriptors is { } use && (use.Pauses > 0 || !use.Accepting))
        {
            _found.Warn(
                "accepting",
                $"{(use.Accepting ? "it paused" : "it is paused, and paused")} {use.Pauses} times because descriptors ran short; connections hold {use.Taken} of {use.ForConnections}",
                "Raise the limit (LimitNOFILE= in the unit), or lower --max-connections and send tenants to more gateways.");
        }

        PipeChecks.Pages(_found, status.Pid);
        return status;
    }

    private ProgramIdentity? Identity()
    {
        const string Check = "certificate";
        try
        {
            if (!ProgramIdentity.TryLoad(dataFolder, out var identity))
            {
                _found.Fail(Check, "this machine has not enrolled", "Ask the provider for a code: headgate-server code gateway ID, and give it to headgate-gateway enroll.");
                return null;
            }

            var life = identity.Certificate.NotAfter - identity.Certificate.NotBefore;
            MachineChecks.Life(
                _found, Check, new DateTimeOffset(identity.Certificate.NotAfter), life / 4, time.GetUtcNow(),
                "It renews itself at two thirds of its life while the gateway runs and hears the silo. Once it has ended: enrol again with a new code.");
            return identity;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or System.Security.Cryptography.CryptographicException)
        {
            _found.Fail(Check, $"the identity cannot be read: {exception.Message}", "Run this as the gateway's user. If its files are damaged, enrol again with a new code.");
            return null;
        }
    }

    private async Task SiloAsync(ProgramIdentity identity, CancellationToken cancellationToken)
    {
        var check = $"silo {identity.Host}:{identity.Port}";
        var sight = await TlsProbe.LookAsync(identity.Host, identity.Port, new ZoneNames(identity.Zone).EdgeApi, identity.Authorities, time, TlsProbe.Patience, cancellationToken);
        if (sight.Unreachable is { } why)
        {
            _found.Fail(check, $"cannot be reached: {why}", $"Let this machine reach TCP port {identity.Port} there (edge API); look at the firewall between the zones, and whether the server runs.");
            return;
        }

        foreach (var fault in sight.Faults)
        {
            _found.Fail(check, fault, "Somebody else answers there, or a clock is wrong. Look where the name and the port lead.");
        }

        if (sight.Faults.Count == 0)
        {
            _found.Ok(check, "answers with the provider's certificate");
        }

        if (sight.Skew is { } skew)
        {
            MachineChecks.Skew(_found, "the silo", skew);
        }
    }

    private async Task TargetsAsync(CancellationToken cancellationToken)
    {
        KeptRoutes? kept;
        try
        {
            var path = Path.Combine(dataFolder, "routes.json");
            kept = File.Exists(path) ? JsonSerializer.Deserialize(await File.ReadAllBytesAsync(path, cancellationToken), GatewayJson.Default.KeptRoutes) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            _found.Warn("targets", $"routes.json cannot be read: {exception.Message}", "Run this as the gateway's user.");
            return;
        }

        if (kept is null)
        {
            _found.Warn("targets", "the gateway has not been told of any", "It learns them from the silo within a second: see above.");
            return;
        }

        foreach (var target in kept.Snapshot.Targets)
        {
            var check = $"{target.Id} {target.Host}:{target.Port}";
            if (await TlsProbe.ConnectAsync(target.Host, target.Port, cancellationToken) is { } why)
            {
                _found.Fail(check, $"cannot be reached: {why}", $"Let this machine reach TCP port {target.Port} there; look at the firewall between the zones, and whether it runs.");
            }
            else
            {
                _found.Ok(check, "can be reached");
            }
        }
    }

    private async Task ListeningAsync(GatewayStatus? status, CancellationToken cancellationToken)
    {
        foreach (var text in status is { Running: true } ? status.Listening : [])
        {
            if (IPEndPoint.TryParse(text, out var endPoint))
            {
                var address = endPoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : endPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : endPoint.Address;
                if (await TlsProbe.ConnectAsync(address.ToString(), endPoint.Port, cancellationToken) is { } why)
                {
                    _found.Fail("listening " + text, $"does not take connections: {why}", "Look at this machine's own firewall and the gateway's log.");
                }
                else
                {
                    _found.Ok("listening " + text, "takes connections");
                }
            }
        }
    }

    private async Task NamesAsync(ZoneNames names, CancellationToken cancellationToken)
    {
        if (resolver is null)
        {
            _found.Warn("dns", "this machine has no name server", "Name one with --dns-server ADDRESS[:PORT].");
            return;
        }

        // Which addresses are right is the server's to say: headgate-server doctor compares them.
        var checks = new NameChecks(resolver, _found);
        await checks.PublicAsync(names.TenantApi, s_unknown, s_unknown, FindingLevel.Problem, cancellationToken);
        foreach (var address in (await resolver.AddressesAsync(names.TenantApi, cancellationToken)).Addresses)
        {
            await checks.ReverseAsync(address, cancellationToken);
        }
    }
}
