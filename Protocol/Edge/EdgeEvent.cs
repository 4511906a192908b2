using System.Text.Json;

namespace Headgate.Protocol.Edge;

/// <summary>One event of the edge stream.</summary>
/// <param name="Sequence">Its number, to go on from; null where it has none.</param>
/// <param name="Kind">One of <see cref="EdgeEventKinds"/>, or a newer one, to be skipped.</param>
/// <param name="Data">JSON, as the kind says.</param>
public sealed record EdgeEvent(long? Sequence, string Kind, string Data)
{
    /// <summary>A comment line: the silo is there and has nothing to say.</summary>
    public static readonly EdgeEvent Heard = new(null, "", "");

    /// <summary>The data.</summary>
    /// <exception cref="JsonException">It is not a <typeparamref name="T"/>.</exception>
    public T Read<T>() => JsonSerializer.Deserialize(Data, ProtocolHttp.TypeOf<T>()) ?? throw new JsonException($"An event of kind {Kind} is empty.");
}
