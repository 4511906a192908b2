namespace Headgate.Connector.Failover;

/// <summary>Counts a run's retries and spreads them: the wait is jittered by 20 % so that a provider that comes back is not met by all tenants at once.</summary>
internal sealed class RetryPolicy(int retries, TimeSpan wait, Func<double> random)
{
    private const double Jitter = 0.2;

    /// <summary>Retries used.</summary>
    public int Used { get; private set; }

    /// <summary>Retries allowed.</summary>
    public int Allowed => retries;

    /// <summary>Takes one; false when none is left.</summary>
    public bool TryTake(out TimeSpan pause)
    {
        pause = TimeSpan.Zero;
        if (Used >= retries)
        {
            return false;
        }

        Used++;
        pause = wait * (1 - Jitter + (2 * Jitter * random()));
        return true;
    }
}
