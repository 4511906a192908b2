namespace Headgate.Gateway.Traffic;

/// <summary>What one tenant moves through this gateway, and what it may. Held while one of its connections is open, and for a moment after that.</summary>
internal sealed class TenantMeter
{
    public TenantMeter(string? tenant, TimeProvider time)
    {
        Tenant = tenant;
        Up = new Bandwidth(time);
        Down = new Bandwidth(time);
        ReportedAt = time.GetTimestamp();
    }

    /// <summary>The tenant's id; null: connections that belong to none, such as those to the tenant API.</summary>
    public string? Tenant { get; }

    /// <summary>From the tenant to targets.</summary>
    public Bandwidth Up { get; }

    /// <summary>From targets to the tenant.</summary>
    public Bandwidth Down { get; }

    /// <summary>The limit over all gateways that routes name; guarded by <see cref="TenantMeters"/>, like all below.</summary>
    internal long? Limit { get; set; }

    internal int Connections { get; set; }

    internal long LeftAt { get; set; }

    internal long ReportedUp { get; set; }

    internal long ReportedDown { get; set; }

    internal long ReportedAt { get; set; }
}
