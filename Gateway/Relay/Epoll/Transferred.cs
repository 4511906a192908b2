namespace Headgate.Gateway.Relay.Epoll;

/// <summary>What one transfer came to.</summary>
/// <param name="What">The outcome.</param>
/// <param name="Value">Bytes that the destination took, or the error's number.</param>
internal readonly record struct Transferred(Transferred.Outcome What, int Value)
{
    internal enum Outcome : byte
    {
        /// <summary>Bytes came; the destination took some of them, or none, and the rest waits.</summary>
        Moved,

        /// <summary>The source has nothing.</summary>
        Nothing,

        /// <summary>The source has ended in order.</summary>
        SourceEnded,

        SourceFailed,

        DestinationFailed,
    }
}
