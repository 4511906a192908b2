using Headgate.Grains;

namespace Headgate.Silo.Tests.Grains.Quotas;

/// <summary>
/// One repository host as the contract wants it: lowers itself before it says so, has one request under way, heeds only the answer to its newest one, counts anew when it
/// comes back and holds nothing then.
/// </summary>
internal sealed class LeaseHost(string id)
{
    public string Id => id;

    public bool IsAlive { get; private set; } = true;

    public long Epoch { get; private set; } = 1;

    public long Sequence { get; private set; }

    public long Used { get; set; }

    /// <summary>What it believes; 0 when it is down.</summary>
    public long Ceiling { get; private set; }

    public long Maintenance { get; private set; }

    /// <summary>The newest request, as long as its answer is awaited.</summary>
    public LeaseClaim? Pending { get; private set; }

    /// <summary>Every request that may still be on its way, and may arrive more than once.</summary>
    public List<LeaseClaim> Sent { get; } = [];

    /// <summary>Whether the silo does not know the host's truth, and cannot: it was fenced, or the database restored, and it has not spoken since.</summary>
    public bool IsUnknown { get; set; }

    /// <summary>An earlier process that would still talk.</summary>
    public LeaseClaim? OldProcess { get; private set; }

    /// <summary>All that it may come to use without asking.</summary>
    public long Whole => Math.Max(Ceiling + Maintenance, Used);

    public void Ask(long lowerBy, long lowerMaintenanceBy, long more, long moreMaintenance)
    {
        Ceiling -= Math.Min(Ceiling, lowerBy);
        Maintenance -= Math.Min(Maintenance, lowerMaintenanceBy);
        Pending = new LeaseClaim(id, Epoch, ++Sequence, Used, Ceiling, Maintenance, Ceiling + more, Maintenance + moreMaintenance);
        Sent.Add(Pending);
    }

    public void Abandon() => Pending = null;

    public void Hear(LeaseGrant grant)
    {
        Pending = null;
        if (grant.Outcome == LeaseOutcome.Superseded)
        {
            Stop();
            return;
        }
        (Ceiling, Maintenance) = (grant.CeilingBytes, grant.MaintenanceBytes);
    }

    public void Stop() => (IsAlive, Pending, Ceiling, Maintenance) = (false, null, 0, 0);

    public void Return()
    {
        OldProcess = new LeaseClaim(id, Epoch, Sequence + 1000, 0, 0, 0, 0, 0);
        (IsAlive, Epoch, Sequence) = (true, Epoch + 1, 0);
    }

    public void ForgetOldProcess() => OldProcess = null;

    public LeaseClaim AskAsOldProcess(long wanted)
    {
        OldProcess = OldProcess! with { Sequence = OldProcess.Sequence + 1, UsedBytes = Used, WantedBytes = wanted };
        return OldProcess;
    }
}
