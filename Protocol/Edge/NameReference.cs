namespace Headgate.Protocol.Edge;

/// <summary>Names the thing an event is about.</summary>
/// <param name="Id">A server name, gateway id or target id, as the event kind says.</param>
public sealed record NameReference(string Id);
