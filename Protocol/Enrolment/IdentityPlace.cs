using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headgate.Protocol.Enrolment;

/// <summary>The part of an identity that no certificate says: <c>identity.json</c>.</summary>
internal sealed record IdentityPlace(string Zone, string Host, int Port);

/// <summary>How it looks on disk.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(IdentityPlace))]
internal sealed partial class IdentityPlaceJson : JsonSerializerContext;
