using System.Text.Json.Serialization;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Bootstrap;

/// <summary>What the connector remembers beside its identity.</summary>
/// <param name="HostName">The machine's name as enrolled; names its restic repository.</param>
/// <param name="Gateways">The last list the provider gave: tried when the public name does not resolve or does not answer.</param>
internal sealed record ConnectorSettings(string HostName, GatewayList? Gateways);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(ConnectorSettings))]
internal sealed partial class ConnectorSettingsJson : JsonSerializerContext;
