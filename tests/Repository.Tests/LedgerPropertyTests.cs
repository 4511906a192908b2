using System.Collections.Concurrent;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Headgate.Repository.Blobs;
using Headgate.Repository.Quota;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>Random work of several uploaders on two hosts of one quota, with lost answers, an absent silo, passing time and recounts in between.</summary>
public sealed class LedgerPropertyTests
{
    private const int Hosts = 2;
    private const int WorkersPerHost = 3;

    private enum Kind
    {
        Upload,
        Grow,
        Break,
        Delete,
        LoseAnswers,
        Away,
        Recount,
    }

    [Fact]
    public void Ledgers_UnderAnyWork_NeverPassTheLimitAndCountWhatLiesThere()
    {
        var (stored, refused, counted) = (0, 0, 0);
        Prop.ForAll(Arb.From(Worlds()), world =>
        {
            var result = RunAsync(world.Limit, world.Work).GetAwaiter().GetResult();
            (stored, refused, counted) = (stored + result.Stored, refused + result.Refused, counted + result.Counted);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithQuietOnSuccess(true));

        // The runs were about something.
        Assert.True(stored > 1000 && refused > 300 && counted > 300, $"{stored} stored, {refused} refused, {counted} counts");
    }

    private static Gen<(long Limit, Step[][] Work)> Worlds()
    {
        var step =
            from kind in Gen.Frequency(
                (10, Gen.Constant(Kind.Upload)), (5, Gen.Constant(Kind.Grow)), (3, Gen.Constant(Kind.Break)), (6, Gen.Constant(Kind.Delete)),
                (1, Gen.Constant(Kind.LoseAnswers)), (1, Gen.Constant(Kind.Away)), (2, Gen.Constant(Kind.Recount)))
            from size in Gen.Frequency((3, Gen.Choose(0, 5000)), (3, Gen.Choose(0, 300_000)), (1, Gen.Choose(0, 3_000_000)))
            from place in Gen.Choose(0, 1000)
            select new Step(kind, size, place);
        return
            from limit in Gen.Choose(1 << 20, 12 << 20)
            from work in step.ArrayOf(50).ArrayOf(Hosts * WorkersPerHost)
            select ((long)limit, work);
    }

    private static async Task<(int Stored, int Refused, int Counted)> RunAsync(long limit, Step[][] work)
    {
        var desk = new LeaseDesk();
        desk.Limits["acme"] = limit;
        var time = new ManualTimeProvider();
        await using var one = await LeaseRig.StartAsync(desk, time);
        await using var two = await LeaseRig.StartAsync(desk, time, new LeaseHost("00000000000000bb", 1));
        var shared = new Shared(desk, limit);
        Disk[] disks = [new(one, shared), new(two, shared)];
        using var end = new CancellationTokenSource();
        var clock = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                time.Advance(TimeSpan.FromMilliseconds(200));
                Thread.Yield();
            }
        });
        await Task.WhenAll(work.Select((steps, i) => Task.Run(() => disks[i % Hosts].WorkAsync(steps, i))));
        desk.IsAway = false;
        desk.AnswersToLose = 0;
        foreach (var disk in disks)
        {
            disk.Recount();
            Assert.Equal(disk.Cost, disk.Rig.Ledger().View.Used);
            Assert.Equal((0, 0), (disk.Rig.Ledger().View.Reserved, disk.Rig.Ledger().Waiting));
        }

        await Wait.ForAsync(() => disks.All(disk => desk.Of("acme", disk.Rig.Host.Host) == (disk.Cost, disk.Cost)), "all is told and given back");
        await end.CancelAsync();
        await clock;
        Assert.InRange(desk.Out("acme"), 0, limit);
        return (shared.Stored, shared.Refused, shared.Counted);
    }

    private sealed record Step(Kind Kind, int Size, int Place);

    /// <summary>
    /// What all hosts take together, from below: added after it was set aside, taken off before it is given back. So it passes the limit only if the hosts do.
    /// </summary>
    private sealed class Shared(LeaseDesk desk, long limit)
    {
        private long _taken;

        public int Stored;
        public int Refused;
        public int Counted;

        public LeaseDesk Desk => desk;

        public void Take(long bytes)
        {
            var taken = Interlocked.Add(ref _taken, bytes);
            Assert.True(bytes < 0 || taken <= limit, $"{taken} of {limit} bytes are taken");
        }
    }

    /// <summary>One host with its objects: names and sizes, in folders as on a disk.</summary>
    private sealed class Disk(LeaseRig rig, Shared shared)
    {
        private readonly ConcurrentDictionary<BlobKey, long> _objects = new();
        private readonly Lock[] _stripes = [.. Enumerable.Range(0, 16).Select(_ => new Lock())];
        private readonly Lock _counting = new();
        private long _next;

        public LeaseRig Rig => rig;

        public long Cost => _objects.Sum(pair => QuotaUse.CostOf(pair.Value));

        public async Task WorkAsync(Step[] steps, int seed)
        {
            var random = new Random(seed);
            foreach (var step in steps)
            {
                switch (step.Kind)
                {
                    case Kind.Upload:
                    case Kind.Grow:
                    case Kind.Break:
                        await UploadAsync(step);
                        break;
                    case Kind.Delete:
                        Delete(step.Place);
                        break;
                    case Kind.LoseAnswers:
                        shared.Desk.AnswersToLose = step.Place % 4;
                        break;
                    case Kind.Away:
                        shared.Desk.IsAway = step.Place % 2 == 0;
                        break;
                    default:
                        Recount();
                        break;
                }

                if (random.Next(4) == 0)
                {
                    await Task.Yield();
                }
            }

            shared.Desk.IsAway = false;
        }

        /// <summary>Counts as <see cref="Headgate.Repository.Quota.Recount"/> does, folder by folder; the account must not have been off.</summary>
        public void Recount()
        {
            lock (_counting)
            {
                var ledger = rig.Ledger();
                var count = ledger.BeginCount(() => _objects.Keys.Select(key => key.Path).Distinct().ToArray());
                foreach (var path in count.Paths)
                {
                    foreach (var type in BlobTypes.All)
                    {
                        foreach (var shard in RepositoryFolder.ShardsOf(type))
                        {
                            ledger.Count(count, path, type, shard, () => _objects
                                .Where(pair => pair.Key.Path == path && pair.Key.Type == type && (type != BlobType.Data || pair.Key.Name[..2] == shard))
                                .Select(pair => new BlobEntry(pair.Key.Name, pair.Value)));
                        }
                    }
                }

                Assert.Equal(0, ledger.EndCount(count));
            }

            Interlocked.Increment(ref shared.Counted);
        }

        private async Task UploadAsync(Step step)
        {
            var ledger = rig.Ledger();
            long? announced = step.Kind == Kind.Grow ? null : step.Size;
            var (status, reservation) = await ledger.ReserveAsync(BlobType.Data, announced, Allowance.None, CancellationToken.None);
            if (reservation is null)
            {
                Assert.True(status is ReserveStatus.OverLimit or ReserveStatus.SiloAway, status.ToString());
                Interlocked.Increment(ref shared.Refused);
                return;
            }

            using (reservation)
            {
                var covered = QuotaUse.CostOf(announced ?? 0);
                shared.Take(covered);
                for (long size = 0; announced is null && size < step.Size; size = Math.Min(size + 262_144, step.Size))
                {
                    var next = Math.Min(size + 262_144, step.Size);
                    if (await reservation.CoverAsync(next, CancellationToken.None) != ReserveStatus.Reserved)
                    {
                        Interlocked.Increment(ref shared.Refused);
                        shared.Take(-covered);
                        return;
                    }

                    shared.Take(QuotaUse.CostOf(next) - covered);
                    covered = QuotaUse.CostOf(next);
                }

                if (step.Kind == Kind.Break)
                {
                    shared.Take(-covered);
                    return;
                }

                var key = Key(step.Place);
                using (ledger.Moving())
                lock (StripeOf(key))
                {
                    _objects[key] = step.Size;
                    Thread.Yield();
                    reservation.Settle(key, step.Size);
                }

                Interlocked.Increment(ref shared.Stored);
            }
        }

        private void Delete(int place)
        {
            var keys = _objects.Keys;
            if (keys.Count == 0)
            {
                return;
            }

            var key = keys.ElementAt(place % keys.Count);
            using (rig.Ledger().Moving())
            lock (StripeOf(key))
            {
                if (_objects.TryRemove(key, out var size))
                {
                    Thread.Yield();
                    shared.Take(-QuotaUse.CostOf(size));
                    rig.Ledger().Deleted(key, size);
                }
            }
        }

        private Lock StripeOf(BlobKey key) => _stripes[(uint)key.GetHashCode() % _stripes.Length];

        private BlobKey Key(int place)
        {
            // Few folders, so that counts meet changes.
            var name = string.Create(CultureInfo.InvariantCulture, $"{(place % 2 == 0 ? "00" : "ff")}{Interlocked.Increment(ref _next):x62}");
            return new BlobKey("acme", place % 3 == 0 ? "/a/" : "/", place % 5 == 0 ? BlobType.Index : BlobType.Data, name);
        }
    }
}
