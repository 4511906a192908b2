using System.Text.Json;
using Headgate.Protocol;

namespace Headgate.Silo.Storage;

/// <summary>An event on its way to the edge log.</summary>
/// <param name="Audience">One of <see cref="EdgeAudience"/>.</param>
/// <param name="Kind">One of <c>EdgeEventKinds</c>.</param>
/// <param name="Payload">The record as JSON.</param>
[GenerateSerializer, Immutable, Alias("headgate.edge-message")]
internal sealed record EdgeMessage(string Audience, string Kind, string Payload)
{
    public static EdgeMessage Of<T>(string audience, string kind, T record) =>
        new(audience, kind, JsonSerializer.Serialize(record, typeof(T), ProtocolJson.Default));
}
