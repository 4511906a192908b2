using System.Security.Cryptography;
using System.Text;
using Headgate.Grains;

namespace Headgate.Silo.Grains.Gateways;

/// <summary>
/// The order of a gateway list: #1 has the least (active + promised) / weight; places 2 to 8 are drawn by weight, the same for one tenant as long as the pools
/// stay as they are, so that tenants spread over the pool when a gateway dies.
/// </summary>
internal static class Ranking
{
    public const int MaxPlaces = 8;

    /// <summary>Ranks <paramref name="candidates"/>.</summary>
    /// <param name="candidates">Gateways that may be used.</param>
    /// <param name="promised">Connections promised to a gateway that it has not accepted yet.</param>
    /// <param name="seed">What the draw depends on: tenant and version.</param>
    /// <param name="stale">Marked in the reasons.</param>
    public static ImmutableArray<RankedGateway> Of(IReadOnlyCollection<PoolMember> candidates, Func<string, long> promised, string seed, bool stale)
    {
        if (candidates.Count == 0)
        {
            return [];
        }
        var least = candidates
            .OrderByDescending(IsKnownAlive)
            .ThenBy(member => (member.Active + promised(member.Gateway)) / (double)member.Weight)
            .ThenBy(member => Draw(seed, member))
            .First();
        var suffix = stale ? "; the silo doubts its view and keeps the last list" : "";
        var places = ImmutableArray.CreateBuilder<RankedGateway>(MaxPlaces);
        places.Add(Place(least, $"least load: {least.Active} active and {promised(least.Gateway)} promised at weight {least.Weight}{suffix}"));
        foreach (var member in candidates.Where(member => member != least).OrderByDescending(IsKnownAlive).ThenBy(member => Draw(seed, member)).Take(MaxPlaces - 1))
        {
            places.Add(Place(member, $"drawn by weight {member.Weight}{suffix}"));
        }
        return places.ToImmutable();

        RankedGateway Place(PoolMember member, string why) => new(places.Count + 1, member.Gateway, member.Host, member.Port, why);
    }

    // Matters in doubt only: who has reported goes before who is merely believed to be there.
    private static bool IsKnownAlive(PoolMember member) => member.Heard && member.Epoch != 0;

    // -ln(u) / weight with u uniform in (0, 1]: in ascending order this is a draw without replacement, by weight.
    private static double Draw(string seed, PoolMember member)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(seed + "\n" + member.Gateway), hash);
        var uniform = ((BitConverter.ToUInt64(hash) >> 11) + 1) / (double)(1UL << 53);
        return -Math.Log(uniform) / member.Weight;
    }
}
