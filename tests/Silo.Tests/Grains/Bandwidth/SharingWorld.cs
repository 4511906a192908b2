using Headgate.Grains;
using Headgate.Silo.Grains.Bandwidth;

namespace Headgate.Silo.Tests.Grains.Bandwidth;

/// <summary>Gateways of one tenant and one direction, as the protocol has them: each reports once a round, in any order, and does with its part what it is told.</summary>
internal sealed class SharingWorld(long limit)
{
    private readonly List<Simulated> _gateways = [];
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private int _names;

    public BandwidthSharing Sharing { get; } = new();

    public long Limit { get; set; } = limit;

    public IReadOnlyList<Simulated> Gateways => _gateways;

    public IEnumerable<Simulated> Open => _gateways.Where(gateway => gateway.Connections > 0);

    /// <summary>What holds at gateways that took an answer since they appeared.</summary>
    public long InForce => Open.Where(gateway => gateway.IsAnswered).Sum(gateway => gateway.InForce);

    public long Moved => Open.Sum(gateway => gateway.Moved);

    public Simulated Add(long demand, int connections = 1)
    {
        var gateway = new Simulated($"gtw{++_names}") { Demand = demand, Connections = connections, InForce = Limit / BandwidthSharing.Beginners };
        _gateways.Add(gateway);
        return gateway;
    }

    /// <summary>The tenant's last connection there ends, and the gateway says so, or is gone.</summary>
    public void Close(Simulated gateway, bool isHeard)
    {
        if (isHeard)
        {
            Sharing.Leave(gateway.Name);
        }

        _gateways.Remove(gateway);
    }

    /// <summary>A second in which everybody reports once; <paramref name="check"/> is called after each answer.</summary>
    public void Round(IEnumerable<Simulated>? order = null, Action? check = null)
    {
        var step = TimeSpan.FromSeconds(1) / Math.Max(1, _gateways.Count);
        foreach (var gateway in (order ?? _gateways).ToArray())
        {
            _now += step;
            Report(gateway);
            check?.Invoke();
        }
    }

    public void Rounds(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Round();
        }
    }

    /// <summary>Time passes in which nobody says anything.</summary>
    public void Pass(TimeSpan time) => _now += time;

    /// <summary>A report and its answer, which is lost or late (it arrives just before the next report) where the gateway is said to.</summary>
    public void Report(Simulated gateway)
    {
        if (gateway.Late is { } late)
        {
            (gateway.InForce, gateway.IsAnswered, gateway.Late) = (late, true, null);
        }

        if (gateway.IsSilent)
        {
            return;
        }

        var use = new BandwidthUse(gateway.Moved, gateway.Demand > gateway.InForce, gateway.SaysWhatHolds ? gateway.InForce : null);
        var part = Sharing.Report(gateway.Name, gateway.Connections, use, Limit, _now, DateTimeOffset.MinValue);
        switch (gateway.Next)
        {
            case Answer.Arrives:
                (gateway.InForce, gateway.IsAnswered) = (part, true);
                break;
            case Answer.Late:
                gateway.Late = part;
                break;
        }

        gateway.Next = Answer.Arrives;
    }

    internal enum Answer
    {
        Arrives,
        Lost,
        Late,
    }

    internal sealed class Simulated(string name)
    {
        public string Name => name;

        public long Demand { get; set; }

        public int Connections { get; set; }

        public long InForce { get; set; }

        public bool IsAnswered { get; set; }

        public bool IsSilent { get; set; }

        public int SilentRounds { get; set; }

        public bool SaysWhatHolds { get; set; } = true;

        public Answer Next { get; set; }

        public long? Late { get; set; }

        public long Moved => Math.Min(Demand, InForce);
    }
}
