namespace Headgate.Connector.Bootstrap;

/// <summary>One address that was tried and how it failed.</summary>
/// <param name="Gateway">The gateway's id, or null when the address came from the public name.</param>
/// <param name="Where">The address and port, or the name that has none.</param>
/// <param name="Failure">How it failed.</param>
/// <param name="Why">The same in words, without a full stop.</param>
internal sealed record DialAttempt(string? Gateway, string Where, DialFailure Failure, string Why)
{
    /// <summary>Such as <c>gtw1 127.0.0.11:6180: connection refused</c>.</summary>
    public override string ToString() => Gateway is null ? $"{Where}: {Why}" : $"{Gateway} {Where}: {Why}";
}
