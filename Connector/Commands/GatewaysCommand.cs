using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Failover;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate gateways</c>: the list as a run would get it, and whether each answers from here.</summary>
internal sealed class GatewaysCommand(CommonOptions common, ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };
    private readonly Option<bool> _why = new("--why") { Description = "Add why each stands where it does." };

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("gateways", "Show the gateways, best first, and try each from here.");
        command.Options.Add(_json);
        command.Options.Add(_why);
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using var session = Session.Open(common, parsed, console, time);
        var list = await new RememberingTenantApi(session.Api, session.Folder).GatewaysAsync(stopping.Asked);
        var probes = await Task.WhenAll(list.Gateways.OrderBy(gateway => gateway.Rank).Select(gateway => ProbeAsync(session, gateway)));
        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(JsonSerializer.Serialize(new GatewayProbes(list.Version, list.Stale, probes), GatewayProbesJson.Default.GatewayProbes));
        }
        else
        {
            if (list.Stale)
            {
                console.Say("the provider doubts its own view of the gateways at the moment; this is the last list it was sure of.");
            }

            string[] headings = ["Rank", "Gateway", "Address", "Answers from here"];
            var why = parsed.GetValue(_why);
            console.WriteTable(why ? [.. headings, "Why here"] : headings, probes.Select(probe => Row(probe, why)));
        }

        return probes.Any(probe => probe.Answers) ? ExitCodes.Ok : ExitCodes.NoGatewayAnswers;
    }

    private static string[] Row(GatewayProbe probe, bool why)
    {
        string[] row =
        [
            probe.Rank.ToString(CultureInfo.InvariantCulture),
            probe.Gateway,
            string.Create(CultureInfo.InvariantCulture, $"{probe.Host}:{probe.Port}"),
            probe.Answers ? string.Create(CultureInfo.InvariantCulture, $"yes, {probe.Milliseconds:0} ms") : "no: " + string.Join("; ", probe.Failures),
        ];
        return why ? [.. row, probe.Why] : row;
    }

    /// <summary>A TLS connection to the tenant API over this one gateway: it proves the gateway and its way to the silo.</summary>
    private async Task<GatewayProbe> ProbeAsync(Session session, GatewayEntry gateway)
    {
        var failures = new List<string>();
        var addresses = await session.Names.ResolveAsync(gateway.Host, stopping.Asked);
        if (addresses.Count == 0)
        {
            failures.Add($"{gateway.Host} has no address");
        }

        var peer = new PeerRequirement(new ZoneNames(session.Identity.Zone).TenantApi, CertificateRole.Silo, null);
        foreach (var address in addresses)
        {
            var began = time.GetTimestamp();
            var result = await session.Dialer.DialAsync(new IPEndPoint(address, gateway.Port), null, peer, stopping.Asked);
            if (result.Connection is { } connection)
            {
                var took = time.GetElapsedTime(began).TotalMilliseconds;
                await connection.DisposeAsync();
                return new GatewayProbe(gateway.Rank, gateway.Gateway, gateway.Host, gateway.Port, gateway.Why, true, took, failures);
            }

            failures.Add(result.Failed!.ToString());
        }

        return new GatewayProbe(gateway.Rank, gateway.Gateway, gateway.Host, gateway.Port, gateway.Why, false, null, failures);
    }
}

/// <summary>What <c>gateways --json</c> prints.</summary>
internal sealed record GatewayProbes(long Version, bool Stale, IReadOnlyList<GatewayProbe> Gateways);

/// <summary>One gateway and whether it answers from here.</summary>
internal sealed record GatewayProbe(
    int Rank, string Gateway, string Host, int Port, string Why, bool Answers, double? Milliseconds, IReadOnlyList<string> Failures);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(GatewayProbes))]
internal sealed partial class GatewayProbesJson : JsonSerializerContext;
