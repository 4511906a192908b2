using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Headgate.Gateway.Doctor;
using Headgate.Grains;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Server.Administration;
using Headgate.Server.Backup;
using Headgate.Server.Commands;
using Headgate.Server.Databases;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage;

namespace Headgate.Server.Doctor;

/// <summary>Examines the server's machine, its data, and everything that clients find it by.</summary>
internal sealed class ServerDoctor(string dataDirectory, DatabaseChoice database, DnsResolver? resolver, TimeProvider time)
{
    private const long FilesNeeded = 4096;
    private static readonly TimeSpan s_backupDue = TimeSpan.FromDays(2);
    private static readonly TimeSpan s_backupOverdue = TimeSpan.FromDays(8);
    private static readonly TimeSpan s_restoredLately = TimeSpan.FromDays(7);
    private static readonly TimeSpan s_leafDue = TimeSpan.FromDays(20);
    private static readonly TimeSpan s_issuingDue = TimeSpan.FromDays(150);
    private static readonly TimeSpan s_rootDue = TimeSpan.FromDays(730);

    private const int MaxNamed = 10;

    private readonly Examination _found = new();

    /// <summary>Examines everything that can be.</summary>
    public async Task<Examination> ExamineAsync(CancellationToken cancellationToken)
    {
        MachineChecks.Disk(_found, dataDirectory, "nothing is written any more, and whatever has to be written is refused");
        MachineChecks.ClockIsKept(_found);
        await DatabaseChecks.ExamineAsync(_found, database, dataDirectory, time, cancellationToken);
        try
        {
            Backups();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            _found.Warn("backup", $"what is known of backups cannot be read: {exception.Message}", "Run this as the server's user.");
        }

        using var client = new AdminClient(dataDirectory);
        DoctorFacts facts;
        try
        {
            facts = await client.GetAsync<DoctorFacts>(DoctorFacts.Path, cancellationToken);
        }
        catch (NoServerException exception)
        {
            _found.Fail("server", exception.Message, "Start it, then look again: names, ports and certificates were not looked at.");
            return _found;
        }

        _found.Ok("server", string.Create(CultureInfo.InvariantCulture, $"runs ({facts.Version}, process {facts.Pid})"));
        MachineChecks.OpenFiles(_found, facts.Pid, FilesNeeded);
        var gateways = await Pages.AllAsync<GatewayPage, GatewayInfo>(client, ManagementRoutes.Gateways, page => (page.Items, page.Total), cancellationToken);
        var repositories = await Pages.AllAsync<RepositoryPage, RepositoryInfo>(client, ManagementRoutes.Repositories, page => (page.Items, page.Total), cancellationToken);
        var roots = AuthorityTrust.ReadPem(facts.RootPem);
        await OwnPortsAsync(facts, roots, cancellationToken);
        foreach (var site in facts.Sites)
        {
            await SiteChecks.ExamineAsync(_found, site, time.GetUtcNow(), cancellationToken);
        }

        Authority(facts, roots[0]);
        await GatewaysAsync(facts, gateways, roots, cancellationToken);
        Repositories(repositories);
        await NamesAsync(facts, gateways, repositories, cancellationToken);
        return _found;
    }

    private static (string Host, int Port) Split(string address) =>
        EndPointText.TryParseHost(address, out var host, out var port) ? (host, port) : throw new FormatException($"'{address}' is no address that the server could have told.");

    private void Backups()
    {
        var now = time.GetUtcNow();
        const string ToDo = "Make one every night: headgate-server backup FILE (docs/backup-and-restore.md has a timer).";
        if (LastBackup.Load(dataDirectory) is not { } last)
        {
            _found.Warn("backup", "none was ever made of this data directory", ToDo);
        }
        else
        {
            var age = now - last.Taken;
            var seen = string.Create(CultureInfo.InvariantCulture, $"the last is of {last.Taken.UtcDateTime:yyyy-MM-dd HH:mm} UTC ({age.TotalHours:0} hours ago), {last.File}");
            switch (age)
            {
                case var _ when age > s_backupOverdue:
                    _found.Fail("backup", seen, ToDo);
                    break;
                case var _ when age > s_backupDue:
                    _found.Warn("backup", seen, ToDo);
                    break;
                default:
                    _found.Ok("backup", seen);
                    break;
            }
        }

        if (RestoreHistory.Load(dataDirectory).Spans is [.., { } lost] && now - lost.Restored < s_restoredLately)
        {
            _found.Warn(
                "restored",
                string.Create(CultureInfo.InvariantCulture, $"this server was restored at {lost.Restored.UtcDateTime:yyyy-MM-dd HH:mm} UTC and knows nothing of what was done from {lost.Taken.UtcDateTime:yyyy-MM-dd HH:mm} on"),
                "Revoke and disable again whom you revoked and disabled in that time.");
        }
    }

    private async Task OwnPortsAsync(DoctorFacts facts, X509Certificate2Collection roots, CancellationToken cancellationToken)
    {
        var names = new ZoneNames(facts.Zone);
        await LookAsync("edge API " + facts.EdgeAddress, facts.EdgeAddress, names.EdgeApi, roots, "Let --edge-address be where gateways and repositories reach this server, and the firewall let them.", cancellationToken);

        // The tenant API talks to gateways alone: TLS cannot be tried without one.
        var (host, port) = Split(facts.TenantAddress);
        if (await TlsProbe.ConnectAsync(host, port, cancellationToken) is { } why)
        {
            _found.Fail("tenant API " + facts.TenantAddress, $"cannot be reached: {why}", "Let --tenant-address be where gateways reach this server, and the firewall let them.");
        }
        else
        {
            _found.Ok("tenant API " + facts.TenantAddress, "can be reached from here");
        }
    }

    private async Task LookAsync(string check, string address, string serverName, X509Certificate2Collection? roots, string toDo, CancellationToken cancellationToken)
    {
        var (host, port) = Split(address);
        var sight = await TlsProbe.LookAsync(host, port, serverName, roots, time, TlsProbe.Patience, cancellationToken);
        if (sight.Unreachable is { } why)
        {
            _found.Fail(check, $"cannot be reached as {serverName}: {why}", toDo);
            return;
        }

        foreach (var fault in sight.Faults)
        {
            _found.Fail(check, fault, $"Somebody else answers there as {serverName}, or its certificate must be renewed. {toDo}");
        }

        if (sight.Faults.Count == 0 && sight.Ends is { } ends)
        {
            MachineChecks.Life(_found, check, ends, s_leafDue, time.GetUtcNow(), "The server renews it by itself at two thirds of its life; if it does not, restart it and look at its log.");
        }
    }

    private void Authority(DoctorFacts facts, X509Certificate2 root)
    {
        MachineChecks.Life(
            _found, "issuing certificate", facts.IssuingEnds, s_issuingDue, time.GetUtcNow(), "Put authority/root.pem back into the data directory and restart the server: it makes the next one.");
        MachineChecks.Life(
            _found, "authority", new DateTimeOffset(root.NotAfter), s_rootDue, time.GetUtcNow(), "Roll it over (docs/authority.md): headgate-server authority next, and when every program has heard of it, switch.");
        var behind = facts.Behind.Count == 0 ? "every program has followed" : string.Create(
            CultureInfo.InvariantCulture, $"{facts.Behind.Count} programs have not followed: {string.Join(", ", facts.Behind.Take(MaxNamed))}{(facts.Behind.Count > MaxNamed ? ", ..." : "")}");
        if (facts.NextRoot is { } next)
        {
            _found.Warn("authority roll-over", $"the next root {next} is announced and nothing is issued under it yet; {behind}", "Go on with headgate-server authority switch.");
        }

        if (facts.FormerRoot is { } former)
        {
            _found.Warn("authority roll-over", $"the former root {former} is still trusted; {behind}", "End it with headgate-server authority retire.");
        }

        var file = Path.Combine(dataDirectory, "authority", "root.pem");
        if (File.Exists(file))
        {
            _found.Ok("authority root", $"{file} is on this machine; it can be kept offline once it is in a backup");
        }
    }

    private async Task GatewaysAsync(DoctorFacts facts, IReadOnlyList<GatewayInfo> gateways, X509Certificate2Collection roots, CancellationToken cancellationToken)
    {
        foreach (var gateway in gateways)
        {
            var (check, address) = ("gateway " + gateway.Gateway, EndPointText.Format(gateway.Host, gateway.Port));
            if (gateway is { Enrolled: false } or { Revoked: true } or { WantedState: WantedState.Disabled })
            {
                _found.Warn(check, gateway.Revoked ? "revoked" : gateway.Enrolled ? "disabled" : "has not enrolled", "Enrol it with a new code, enable it, or delete it.");
                continue;
            }

            await LookAsync(
                $"{check} {address}", address, new ZoneNames(facts.Zone).TenantApi, roots,
                "See headgate-gateway doctor there; let its public address and port lead to it, from here too if nothing but a firewall is in the way.", cancellationToken);
        }

        if (!gateways.Any(gateway => gateway is { Enrolled: true, Revoked: false, WantedState: WantedState.Active }))
        {
            _found.Fail("gateways", "none is active", "Add one: headgate-server gateway add ID --address PUBLIC:6180.");
        }
    }

    private void Repositories(IReadOnlyList<RepositoryInfo> repositories)
    {
        var now = time.GetUtcNow();
        foreach (var repository in repositories)
        {
            var check = "repository " + repository.Repository;
            var state = States.Of(repository, now);
            if (repository is { Enrolled: true, Revoked: false, LastHeard: { } heard } && now - heard < TimeSpan.FromSeconds(30))
            {
                _found.Ok(check, $"{state}, heard {Texts.Time(heard)}");
            }
            else
            {
                _found.Fail(check, $"{state}; last heard: {Texts.Time(repository.LastHeard)}", "See that it runs and reaches the edge API; gateways say in their own doctor whether they reach it.");
            }
        }
    }

    private async Task NamesAsync(
        DoctorFacts facts, IReadOnlyList<GatewayInfo> gateways, IReadOnlyList<RepositoryInfo> repositories, CancellationToken cancellationToken)
    {
        if (resolver is null)
        {
            _found.Warn("dns", "this machine has no name server", "Name one with --dns-server ADDRESS[:PORT].");
            return;
        }

        var names = new ZoneNames(facts.Zone);
        var checks = new NameChecks(resolver, _found);
        var (serving, resting) = (new Dictionary<IPAddress, string>(), new Dictionary<IPAddress, string>());
        foreach (var gateway in gateways)
        {
            var isServing = gateway is { Enrolled: true, Revoked: false, WantedState: WantedState.Active };
            var toDo = $"Connectors dial gateway '{gateway.Gateway}' by this name: add A (AAAA) records, or give it an address.";
            foreach (var address in await checks.HostAsync($"dns {gateway.Host}", gateway.Host, toDo, cancellationToken))
            {
                (isServing ? serving : resting)[address] = isServing ? gateway.Gateway : $"{gateway.Gateway}, {States.Of(gateway, time.GetUtcNow())}";
            }
        }

        // Tenants enrol at the first, browsers open the second, restic without a connector dials the third. Names below data.<zone> are never resolved: connectors dial the gateways of their list.
        await checks.PublicAsync(facts.PublicName, serving, resting, FindingLevel.Problem, cancellationToken);
        await checks.PublicAsync(names.TenantSite, serving, resting, FindingLevel.Warning, cancellationToken);
        await checks.PublicAsync(names.AccessWildcard, serving, resting, FindingLevel.Warning, cancellationToken);
        foreach (var address in serving.Keys)
        {
            await checks.ReverseAsync(address, cancellationToken);
        }

        foreach (var text in new[] { facts.EdgeAddress, facts.TenantAddress }.Concat(repositories.Select(repository => EndPointText.Format(repository.Host, repository.Port))).Distinct())
        {
            var host = Split(text).Host;
            await checks.HostAsync($"dns {host}", host, "Gateways (and repositories) dial this name: let their name server know it.", cancellationToken);
        }
    }
}
