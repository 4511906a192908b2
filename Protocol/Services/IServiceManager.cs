namespace Headgate.Protocol.Services;

/// <summary>
/// What started this program and wants to know how it fares: systemd, Windows' service control manager, or nobody. Safe for concurrent use; nothing here
/// throws or waits, because a manager that does not listen must not disturb the service.
/// </summary>
public interface IServiceManager
{
    /// <summary>How often <see cref="Alive"/> must be said, half of what the manager allows; null when it does not watch.</summary>
    TimeSpan? WatchdogInterval { get; }

    /// <summary>The program serves.</summary>
    /// <param name="status">One sentence for people; line ends become spaces.</param>
    void Ready(string status);

    /// <summary>What it does at the moment.</summary>
    /// <param name="status">One sentence for people; line ends become spaces.</param>
    void Status(string status);

    /// <summary>It was asked to stop, and does.</summary>
    /// <param name="status">One sentence for people; line ends become spaces.</param>
    void Stopping(string status);

    /// <summary>Stopping goes on: wait so much longer, from this moment.</summary>
    void ExtendTimeout(TimeSpan further);

    /// <summary>For the watchdog.</summary>
    void Alive();
}
