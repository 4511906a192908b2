using System.Diagnostics;
using Headgate.Grains;
using Headgate.Silo.Grains.Gateways;

namespace Headgate.Balance.Bench;

/// <summary>What a list costs the ranker, by the number of gateways.</summary>
internal static class LookUps
{
    public static void Run(bool quick)
    {
        Console.WriteLine($"{"a list of",-28}{"us each",10}{"lists/s",12}{"2 at once",12}{"bytes each",12}");
        foreach (var gateways in new[] { 10, 100, 1_000, 10_000 })
        {
            var members = Enumerable.Range(0, gateways).Select(i => View.Member(i, i % 50, 0, 1)).ToArray();
            var promises = new Promises(TimeProvider.System);
            var lists = (quick ? 200_000 : 2_000_000) / (gateways + 50);
            Lists(members, promises, lists / 5);
            var (began, bytes) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            Lists(members, promises, lists);
            var alone = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var each = (GC.GetAllocatedBytesForCurrentThread() - bytes) / lists;
            began = Stopwatch.GetTimestamp();
            Parallel.For(0, 2, _ => Lists(members, promises, lists));
            var both = Stopwatch.GetElapsedTime(began).TotalSeconds;
            Console.WriteLine($"{$"{gateways:n0} gateways",-28}{alone / lists * 1e6,10:n1}{lists / alone,12:n0}{2 * lists / both,12:n0}{each,12:n0}");
        }
    }

    private static void Lists(PoolMember[] members, Promises promises, int count)
    {
        var promised = new long[members.Length];
        for (var i = 0; i < count; i++)
        {
            promises.Outstanding(members, promised);
            var list = Ranking.Of(members, promised, "acme", "nightly", ListUse.Begins, stale: false);
            promises.Add(Array.Find(members, member => member.Gateway == list[0].Gateway)!, 5);
        }
    }
}
