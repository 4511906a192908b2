using System.Text.Json;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage.Rows;

namespace Headgate.Silo.Storage;

/// <summary>
/// Fills in what differs per receiver. <c>target-changed</c> (to gateways) and <c>gateway-changed</c> (to repositories) are logged once for all and
/// with an empty <c>ProxyKey</c>: keys never lie in the log, and one row serves a thousand gateways.
/// </summary>
internal static class EdgePayload
{
    /// <summary>The payload of <paramref name="row"/> as <paramref name="receiver"/>, a gateway or a repository, is to get it at <paramref name="now"/>.</summary>
    public static string For(EdgeLogRow row, ProxyEnd receiver, ISiloKeys keys, DateTimeOffset now)
    {
        switch (row.Kind)
        {
            case EdgeEventKinds.TargetChanged:
                var target = JsonSerializer.Deserialize(row.Payload, ProtocolJson.Default.RelayTarget)!;
                return JsonSerializer.Serialize(target with { ProxyKey = keys.ProxyKey(receiver, new ProxyEnd(target.Id, target.Enrolment)) }, ProtocolJson.Default.RelayTarget);
            case EdgeEventKinds.GatewayChanged:
                var gateway = JsonSerializer.Deserialize(row.Payload, ProtocolJson.Default.GatewayKey)!;
                return JsonSerializer.Serialize(gateway with { ProxyKey = keys.ProxyKey(new ProxyEnd(gateway.Gateway, gateway.Enrolment), receiver) }, ProtocolJson.Default.GatewayKey);
            // Logged as it was when it was decided; some of it is over.
            case EdgeEventKinds.WantedState when JsonSerializer.Deserialize(row.Payload, ProtocolJson.Default.WantedStateChange) is { DrainSecondsLeft: { } seconds } change:
                return JsonSerializer.Serialize(
                    change with { DrainSecondsLeft = EdgeRecords.Left(row.At + TimeSpan.FromSeconds(seconds), now).TotalSeconds }, ProtocolJson.Default.WantedStateChange);
            default:
                return row.Payload;
        }
    }

    /// <summary>Whether <paramref name="audience"/> includes the gateway.</summary>
    public static bool IsForGateway(string audience, string gateway) =>
        audience == EdgeAudience.Gateways || audience == EdgeAudience.Gateway(gateway);

    /// <summary>Whether <paramref name="audience"/> includes the repository.</summary>
    public static bool IsForRepository(string audience, string repository) =>
        audience == EdgeAudience.Repositories || audience == EdgeAudience.Repository(repository);
}
