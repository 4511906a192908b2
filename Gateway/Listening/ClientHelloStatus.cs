namespace Headgate.Gateway.Listening;

/// <summary>What a look at the bytes received so far came to.</summary>
internal enum ClientHelloStatus
{
    /// <summary>Nothing wrong so far; the hello is not complete.</summary>
    NeedMore,

    /// <summary>A complete, well-formed ClientHello. It may still name no server.</summary>
    Ok,

    /// <summary>No further byte can make this a hello that is served; <see cref="ClientHello.Fault"/> says why.</summary>
    Malformed,
}
