namespace Headgate.Gateway.Relay;

/// <summary>When a relay is given up.</summary>
/// <param name="Idle">No byte either way for this long.</param>
/// <param name="Stall">One side took less than one buffer in this long, with more waiting for it.</param>
/// <param name="BufferBytes">Bytes moved at a time; a direction holds a buffer only while it has bytes to deliver.</param>
internal sealed record RelayLimits(TimeSpan Idle, TimeSpan Stall, int BufferBytes);
