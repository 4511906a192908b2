using System.Text.Json;
using System.Text.Json.Serialization;
using Headgate.Gateway.Heartbeat;
using Headgate.Gateway.Routing;

namespace Headgate.Gateway;

/// <summary>How the gateway's own files look: like the APIs, indented for people.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GatewayStatus))]
[JsonSerializable(typeof(KeptRoutes))]
internal sealed partial class GatewayJson : JsonSerializerContext;
