using Headgate.Grains;

namespace Headgate.Silo.Grains.Gateways;

/// <summary>
/// What connectors say of one gateway: the check on one that is heard, reports no load and forwards nothing. A connector counts against a gateway only what failed
/// there and worked over another gateway right after, so that neither a repository's fault nor its own line's is held against one.
/// <para>
/// A tenant fails over it from such a report on, for <see cref="FailureCounts"/> or until one of its connectors comes through. The gateway then stands behind the
/// others in that tenant's lists. In everybody's it does when <see cref="LeastTenants"/> tenants fail, and <see cref="Majority"/> times as many as came through
/// within <see cref="PassageCounts"/>: one connector, or one tenant with any number of them, sinks no gateway for the others, and one that says it came through
/// holds no dead one up. Reports grow old, so what sank comes back by itself. Bounded, in memory, not for concurrent use.
/// </para>
/// </summary>
internal sealed class Trials
{
    public static readonly TimeSpan FailureCounts = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan PassageCounts = TimeSpan.FromMinutes(1);
    public const int LeastTenants = 3;
    public const int Majority = 10;

    // Beyond these the answer is the same; who comes later is left aside.
    private const int MaxFailing = 1000;
    private const int MaxPassed = MaxFailing / Majority;

    private readonly SortedDictionary<string, DateTimeOffset> _failing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _passed = new(StringComparer.Ordinal);

    /// <summary>A connector of <paramref name="tenant"/> says how its connections went; one that both failed and came through came through.</summary>
    public void Note(string tenant, TrialCount trial, DateTimeOffset now)
    {
        if (trial.CameThrough > 0)
        {
            _failing.Remove(tenant);
            Set(_passed, MaxPassed);
        }
        else if (trial.Failed > 0)
        {
            _passed.Remove(tenant);
            Set(_failing, MaxFailing);
        }

        void Set(IDictionary<string, DateTimeOffset> tenants, int most)
        {
            if (tenants.Count < most || tenants.ContainsKey(tenant))
            {
                tenants[tenant] = now;
            }
        }
    }

    /// <summary>What is said against the gateway now; null: nothing.</summary>
    public GatewayDoubt? Judge(DateTimeOffset now)
    {
        Forget(_failing, now - FailureCounts);
        Forget(_passed, now - PassageCounts);
        return _failing.Count == 0
            ? null
            : new GatewayDoubt(_failing.Count >= LeastTenants && _failing.Count >= Majority * _passed.Count, _passed.Count, [.. _failing.Keys]);
    }

    private static void Forget(IDictionary<string, DateTimeOffset> tenants, DateTimeOffset before)
    {
        foreach (var (tenant, _) in tenants.Where(pair => pair.Value <= before).ToArray())
        {
            tenants.Remove(tenant);
        }
    }
}
