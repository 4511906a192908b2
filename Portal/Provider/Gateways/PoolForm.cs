namespace Headgate.Portal.Provider.Gateways;

/// <summary>A pool's members as they are chosen.</summary>
/// <param name="pool">Its name.</param>
/// <param name="isNew">Whether it is made.</param>
/// <param name="members">Gateways in it, as they were when the form was opened.</param>
internal sealed class PoolForm(string pool, bool isNew, IEnumerable<string> members)
{
    private const string Default = "default";
    private readonly HashSet<string> _before = new(members, StringComparer.Ordinal);

    public string Pool { get; set; } = pool;

    public bool IsNew => isNew;

    public HashSet<string> Members { get; } = new(members, StringComparer.Ordinal);

    public void Set(string gateway, bool isIn) => _ = isIn ? Members.Add(gateway) : Members.Remove(gateway);

    public Faults Validate(IEnumerable<PoolInfo> pools)
    {
        Pool = Pool.Trim();
        var faults = new Faults();
        faults.Check("pool", Names.IsId(Pool), $"A pool's name has {Names.IdRule}.");
        faults.Check("pool", !isNew || pools.All(other => other.Pool != Pool), $"There is a pool {Pool} already: choose its gateways in the list below.");
        faults.Check("members", !isNew || Members.Count > 0, "Choose at least one gateway: an empty pool does not exist.");
        return faults;
    }

    /// <summary>Gateways whose membership was changed here, with the pools they are to be in. One that is left in no pool goes to the default pool.</summary>
    public IEnumerable<(GatewayInfo Gateway, ImmutableArray<string> Pools)> Changes(IEnumerable<GatewayInfo> gateways)
    {
        foreach (var gateway in gateways)
        {
            var (was, isIn) = (_before.Contains(gateway.Gateway), Members.Contains(gateway.Gateway));
            if (was == isIn || gateway.Pools.Contains(Pool) == isIn)
            {
                continue;
            }

            var pools = isIn ? gateway.Pools.Add(Pool) : gateway.Pools.Remove(Pool);
            yield return (gateway, pools.IsEmpty ? [Default] : pools);
        }
    }
}
