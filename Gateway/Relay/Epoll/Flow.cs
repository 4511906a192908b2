namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// One direction of a relayed connection. What was taken from its source and not yet by its destination is in a pipe, or in a buffer, never in both; without
/// it the flow holds neither.
/// </summary>
internal struct Flow
{
    public Pipe? Pipe;
    public byte[]? Buffer;

    /// <summary>Where the rest begins in <see cref="Buffer"/>.</summary>
    public int At;

    /// <summary>Bytes that wait for the destination.</summary>
    public int Pending;

    /// <summary>Bytes that the destination took since <see cref="BlockedSince"/>.</summary>
    public int TakenSince;

    /// <summary>Bytes that the destination took.</summary>
    public long Bytes;

    /// <summary>When the destination last took a buffer's worth while bytes wait for it; 0 while none do.</summary>
    public long BlockedSince;

    /// <summary>The source's end was passed on.</summary>
    public bool HasEnded;

    /// <summary>Much comes at a time, so that pages are moved instead of copied.</summary>
    public bool IsBulk;

    /// <summary>How many transfers in a row were too small for that.</summary>
    public byte SmallTransfers;

    /// <summary>It waits for its tenant's share of bandwidth.</summary>
    public bool IsHeld;

    /// <summary>What waits is the head, which was counted already.</summary>
    public bool IsHead;
}
