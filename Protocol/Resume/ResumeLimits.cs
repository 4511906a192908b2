namespace Headgate.Protocol.Resume;

/// <summary>How much and how long one end of a session holds on.</summary>
public sealed record ResumeLimits
{
    /// <summary>Bytes of memory for what was sent and not acknowledged, in blocks of 64 KiB, at least four of them. A sender whose blocks are full waits. Default 8 MiB.</summary>
    public long ReplayBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>How long a session without a leg waits for the next one. The server's value is told to the client in OPENED. Default 20 minutes.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>How long a client that expects something hears nothing before it asks (PING), and again before it gives the leg up. Default 1 s.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a client that expects nothing hears nothing before it asks. Default 15 s.</summary>
    public TimeSpan IdlePing { get; init; } = TimeSpan.FromSeconds(15);
}
