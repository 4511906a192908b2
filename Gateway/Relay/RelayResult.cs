namespace Headgate.Gateway.Relay;

/// <summary>What a relay did.</summary>
/// <param name="End">Which side ended it, and why.</param>
/// <param name="BytesUp">Bytes from the tenant that the target took, the hello included, the PROXY header not.</param>
/// <param name="BytesDown">Bytes from the target that the tenant took.</param>
internal readonly record struct RelayResult(RelayEnd End, long BytesUp, long BytesDown);
