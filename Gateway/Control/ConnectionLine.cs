using System.Text.Json.Serialization;
using Headgate.Gateway.Traffic;

namespace Headgate.Gateway.Control;

/// <summary>One connection, as a line of JSON. Times in seconds.</summary>
/// <param name="Id">Tells connections of one life of the process apart.</param>
/// <param name="Stage">What it is at.</param>
/// <param name="Source">The tenant's address and port.</param>
/// <param name="ServerName">The name it asked for; absent before the hello.</param>
/// <param name="Tenant">Whose it is; absent before it was led, or where nobody owns the name.</param>
/// <param name="Target">The target it was led to; absent before that.</param>
/// <param name="AgeSeconds">Since accept.</param>
/// <param name="IdleSeconds">Since a byte moved.</param>
/// <param name="BytesUp">Bytes of the tenant that the target took.</param>
/// <param name="BytesDown">Bytes of the target that the tenant took.</param>
internal sealed record ConnectionLine(
    long Id, string Stage, string Source, string? ServerName, string? Tenant, string? Target, double AgeSeconds, double IdleSeconds, long BytesUp, long BytesDown)
{
    public static ConnectionLine Of(ConnectionInfo info) => new(
        info.Id,
        info.Stage,
        info.Source,
        info.ServerName,
        info.Tenant,
        info.Target,
        Math.Round(info.Age.TotalSeconds, 6),
        Math.Round(info.SinceActivity.TotalSeconds, 6),
        info.BytesUp,
        info.BytesDown);
}

/// <summary>The last line of an answer.</summary>
/// <param name="Count">How many connections came before it.</param>
/// <param name="Error">Why there are none: the request was not understood.</param>
internal sealed record AnswerEnd(int? Count, string? Error = null);

/// <summary>What connections of one tenant come to.</summary>
/// <param name="Tenant">The tenant; absent for connections that are nobody's, or were not led yet.</param>
/// <param name="Connections">How many.</param>
/// <param name="BytesUp">Bytes that targets took, of those connections.</param>
/// <param name="BytesDown">Bytes that the tenant took, of those connections.</param>
internal sealed record TenantTotal(string? Tenant, int Connections, long BytesUp, long BytesDown);

/// <summary>The line that carries a total.</summary>
/// <param name="Total">The total.</param>
internal sealed record TotalLine(TenantTotal Total);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ConnectionLine))]
[JsonSerializable(typeof(AnswerEnd))]
[JsonSerializable(typeof(TotalLine))]
internal sealed partial class ControlJson : JsonSerializerContext;
