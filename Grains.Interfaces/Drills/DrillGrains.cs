namespace Headgate.Grains;

/// <summary>Where failover drills are.</summary>
public static class DrillGrains
{
    /// <summary>The grain's key.</summary>
    public const string Key = "drills";

    /// <summary>The tenant that drills' runs belong to; made by the first drill.</summary>
    public const string Tenant = "failover-drills";

    /// <summary>The job of that tenant whose runs drills are.</summary>
    public const string Job = "drill";

    /// <summary>The grain.</summary>
    /// <param name="grains">The engine.</param>
    public static IDrillGrain Drills(this IGrainFactory grains) => grains.GetGrain<IDrillGrain>(Key);
}
