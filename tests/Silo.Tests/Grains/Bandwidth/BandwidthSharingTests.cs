using FsCheck;
using FsCheck.Fluent;
using Headgate.Grains;
using Headgate.Silo.Grains.Bandwidth;

namespace Headgate.Silo.Tests.Grains.Bandwidth;

public sealed class BandwidthSharingTests
{
    private const long Limit = 64_000_000;
    private const long Spread = Limit - (Limit / 64);
    private const long Hungry = long.MaxValue / 1024;

    // Longer than a silo learns for.
    private const int Learned = 4;

    // A change is reported, what it frees is confirmed, others take it.
    private const int Settled = 3;

    private enum Kind
    {
        Pass,
        Demand,
        Appear,
        Leave,
        Die,
        FallSilent,
        ComeBack,
        LoseAnswer,
        DelayAnswer,
        Raise,
        Lower,
    }

    [Fact]
    public void Out_UnderAnything_IsNeverAboveTheLimitOnceAllWereHeard()
    {
        var (checks, lowered, full) = (0, 0, 0);
        Prop.ForAll(Arb.From(Worlds()), steps =>
        {
            var world = new SharingWorld(Limit);
            world.Add(Hungry);
            world.Rounds(Learned);
            // Rounds in which all answers arrived since the limit was lowered: a lower limit needs two to come through.
            var clean = Settled;
            foreach (var step in steps)
            {
                lowered += step.Kind == Kind.Lower ? 1 : 0;
                clean = step.Kind == Kind.Lower ? 0 : clean;
                Do(world, step);
                var isClean = world.Gateways.All(gateway => gateway is { IsSilent: false, Next: SharingWorld.Answer.Arrives, Late: null });
                world.Round(step.Shuffled(world.Gateways), () =>
                {
                    // One that was taken for gone and is still there holds more than anybody knows; it counts from its next answer on.
                    if (clean >= Settled)
                    {
                        checks++;
                        full += world.InForce > Spread * (double)world.Limit / Limit * 0.95 ? 1 : 0;
                        Assert.True(world.InForce <= world.Limit, $"{world.InForce} of {world.Limit} over {world.Gateways.Count} gateways");
                    }
                });
                clean += isClean ? 1 : 0;
                foreach (var gone in world.Gateways.Where(gateway => gateway.IsSilent && ++gateway.SilentRounds >= 4))
                {
                    gone.IsAnswered = false;
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithQuietOnSuccess(true));

        // The runs were about something.
        Assert.True(checks > 25_000 && lowered > 300 && full > checks / 4, $"{checks} checks, {lowered} lowered, {full} full");
    }

    [Fact]
    public void Parts_WhenWantsChange_LeaveNothingUnusedBesideOneThatIsHeldBack()
    {
        var (most, late) = (0, 0);
        Prop.ForAll(Arb.From(Demands()), two =>
        {
            var world = new SharingWorld(Limit);
            foreach (var (demand, connections) in two.Before)
            {
                world.Add(demand, connections);
            }

            world.Rounds(Learned + (4 * Settled));
            for (var i = 0; i < two.After.Length; i++)
            {
                world.Gateways[i].Demand = two.After[i];
            }

            // Who is not held back keeps an eighth of what it moves, and its floor, to grow into.
            static long Unused(SharingWorld.Simulated gateway) => gateway.InForce - (gateway.Demand / 8 * 9) - (Limit / 64) - 10;
            var unused = new int[world.Gateways.Count];
            var freed = new List<long>();
            for (var round = 0; round < 20; round++)
            {
                var parts = world.Gateways.Select(gateway => gateway.InForce).ToArray();
                world.Round();
                freed.Add(world.Gateways.Zip(parts).Sum(pair => Math.Max(0, pair.Second - pair.First.InForce)));
                var isAnybodyHeldBack = world.Open.Any(gateway => gateway.Demand > gateway.InForce);

                // What was given up more than two heartbeats ago, and the one that told what others want, is with somebody else. Seldom one that was held back turns out to want
                // less than its even part when it gets it, which the others hear with its next report: a few heartbeats more.
                var idle = Spread - world.InForce - world.Gateways.Count;
                late += isAnybodyHeldBack && idle > freed.TakeLast(3).Sum() ? 1 : 0;
                for (var i = 0; i < unused.Length; i++)
                {
                    unused[i] = isAnybodyHeldBack && Unused(world.Gateways[i]) > 0 ? unused[i] + 1 : 0;
                }

                var shown = string.Join(' ', world.Gateways.Select(gateway => $"{gateway.Demand}/{gateway.InForce}"));
                Assert.True(!isAnybodyHeldBack || idle <= freed.TakeLast(7).Sum(), $"Round {round}: {idle} idle, given up: {string.Join(' ', freed)}. {shown}");
                Assert.True(unused.Max() <= 2, $"Round {round}: somebody held more than it used. {shown}");
                most = Math.Max(most, unused.Max());
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));
        Assert.InRange(most, 1, 2);
        Assert.InRange(late, 0, 10);
    }

    [Fact]
    public void Parts_WhenNothingChanges_StandStill()
    {
        Prop.ForAll(Arb.From(Demands()), two =>
        {
            var world = new SharingWorld(Limit);
            foreach (var (demand, connections) in two.Before)
            {
                world.Add(demand, connections);
            }

            world.Rounds(Learned + 12);
            var before = world.Gateways.Select(gateway => gateway.InForce).ToArray();
            world.Rounds(3);
            Assert.All(world.Gateways.Zip(before), pair => Assert.InRange(pair.First.InForce, pair.Second - 1 - (pair.Second / 1000), pair.Second + 1 + (pair.Second / 1000)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true));
    }

    [Fact]
    public void Parts_OfHungryGateways_AreAsTheirConnections()
    {
        var world = new SharingWorld(Limit);
        var (one, same, three) = (world.Add(Hungry), world.Add(Hungry), world.Add(Hungry, 3));
        world.Rounds(Learned + Settled);
        Assert.InRange(one.InForce, same.InForce - 1, same.InForce + 1);
        var floor = Limit / 64;
        Assert.InRange((double)(three.InForce - floor) / (one.InForce - floor), 2.99, 3.01);
        Assert.InRange(world.InForce, Spread - 3, Spread);
    }

    [Fact]
    public void Report_OfTheOnlyGateway_IsGivenAllButTheReserveWhenTheSiloHasLearned()
    {
        var world = new SharingWorld(Limit);
        var gateway = world.Add(Hungry);
        world.Rounds(2);
        Assert.Equal(Limit / 8, gateway.InForce);
        world.Rounds(2);
        Assert.Equal(Spread, gateway.InForce);
    }

    [Fact]
    public void Report_AfterTheSiloForgot_ChangesNothingUntilAllWereHeard()
    {
        var world = new SharingWorld(Limit);
        var (a, b) = (world.Add(Hungry), world.Add(Hungry));
        world.Rounds(Learned + Settled);
        var parts = (a.InForce, b.InForce);
        // Another silo's grain, or this one's after a restart: it knows nobody.
        var after = new SharingWorld(Limit);
        var (a2, b2) = (after.Add(Hungry), after.Add(Hungry));
        (a2.InForce, b2.InForce) = parts;
        for (var round = 0; round < Learned + 3; round++)
        {
            after.Round(check: () => Assert.InRange(after.Open.Sum(gateway => gateway.InForce), Spread - 10, Limit));
        }
    }

    [Fact]
    public void Report_OfOneThatAppears_IsGivenSomethingAtOnceAndItsEvenPartSoonAfter()
    {
        var world = new SharingWorld(Limit);
        world.Add(Hungry);
        world.Rounds(Learned + Settled);
        var (second, third) = (world.Add(Hungry), world.Add(Hungry));
        world.Round(check: () => Assert.True(world.InForce <= Limit));
        Assert.True(second.InForce >= Limit / 128 && third.InForce >= Limit / 256, $"{second.InForce}, {third.InForce}");
        world.Rounds(2);
        Assert.All(world.Gateways, gateway => Assert.InRange(gateway.InForce, (Spread / 3) - 10, (Spread / 3) + 10));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 6)]
    public void Part_OfOneThatLeavesOrDies_IsGivenToTheOthers(bool says, int rounds)
    {
        var world = new SharingWorld(Limit);
        var (stays, goes) = (world.Add(Hungry), world.Add(Hungry));
        world.Rounds(Learned + Settled);
        world.Close(goes, says);
        world.Rounds(rounds - 1);
        Assert.InRange(stays.InForce, (Spread / 2) - 1, (Spread / 2) + 1);
        world.Rounds(1);
        Assert.Equal(Spread, stays.InForce);
    }

    [Fact]
    public void Silence_ThatWasThePauseOfTheSilo_ReleasesNothing()
    {
        var sharing = new BandwidthSharing();
        var now = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        long Report(string gateway, long held, DateTimeOffset trusted) =>
            sharing.Report(gateway, 1, new BandwidthUse(held, true, held), Limit, now, trusted);
        var (a, b) = (Limit / 8, Limit / 8);
        for (var i = 0; i < 8; i++)
        {
            (a, b) = (Report("a", a, DateTimeOffset.MinValue), Report("b", b, DateTimeOffset.MinValue));
            now += TimeSpan.FromSeconds(1);
        }

        now += TimeSpan.FromSeconds(60);
        Assert.Equal(a, Report("a", a, trusted: now));
        Assert.InRange(a + b, Spread - 10, Limit);
    }

    [Fact]
    public void Limit_WhenLoweredAndRaised_HoldsWithinThreeReports()
    {
        var world = new SharingWorld(Limit);
        for (var i = 0; i < 5; i++)
        {
            world.Add(i % 2 == 0 ? Hungry : 3_000_000, i + 1);
        }

        world.Rounds(Learned + Settled);
        world.Limit = Limit / 10;
        world.Rounds(2);
        world.Round(check: () => Assert.True(world.InForce <= world.Limit));
        world.Limit = Limit * 10;
        for (var round = 0; round < 3; round++)
        {
            world.Round(check: () => Assert.True(world.InForce <= world.Limit));
        }

        Assert.True(world.Moved > Spread * 10 * 9 / 10, $"{world.Moved}");
    }

    [Fact]
    public void Parts_OfManyGatewaysUnderTheLeastLimit_AreThereAndNotAboveIt()
    {
        var world = new SharingWorld(TenantBandwidth.LeastBytesPerSecond);
        for (var i = 0; i < 1000; i++)
        {
            world.Add(Hungry);
        }

        world.Rounds(Learned + Settled);
        Assert.All(world.Gateways, gateway => Assert.True(gateway.InForce > 0));
        Assert.InRange(world.InForce, TenantBandwidth.LeastBytesPerSecond / 2, TenantBandwidth.LeastBytesPerSecond);
    }

    [Fact]
    public void Reports_OfGatewaysThatDoNotSayWhatHolds_AreSharedAlikeAsLongAsAnswersArrive()
    {
        var world = new SharingWorld(Limit);
        for (var i = 0; i < 4; i++)
        {
            world.Add(Hungry).SaysWhatHolds = false;
        }

        world.Rounds(Learned);
        for (var round = 0; round < 5; round++)
        {
            world.Round(check: () => Assert.True(world.InForce <= Limit));
        }

        Assert.All(world.Gateways, gateway => Assert.InRange(gateway.InForce, (Spread / 4) - 10, (Spread / 4) + 10));
    }

    private static Gen<Step[]> Worlds() => (
        from kind in Gen.Frequency(
            (6, Gen.Constant(Kind.Pass)), (10, Gen.Constant(Kind.Demand)), (4, Gen.Constant(Kind.Appear)), (2, Gen.Constant(Kind.Leave)), (1, Gen.Constant(Kind.Die)),
            (2, Gen.Constant(Kind.FallSilent)), (3, Gen.Constant(Kind.ComeBack)), (4, Gen.Constant(Kind.LoseAnswer)), (4, Gen.Constant(Kind.DelayAnswer)),
            (1, Gen.Constant(Kind.Raise)), (1, Gen.Constant(Kind.Lower)))
        from at in Gen.Choose(0, 1000)
        from size in Gen.Frequency((3, Gen.Choose(0, 2_000_000)), (3, Gen.Choose(0, 64_000_000)), (2, Gen.Constant(int.MaxValue)))
        from seed in Gen.Choose(0, int.MaxValue - 1)
        select new Step(kind, at, size, seed)).ArrayOf(60);

    private static Gen<((long Demand, int Connections)[] Before, long[] After)> Demands()
    {
        var demand = Gen.Frequency((3, Gen.Choose(0, 4_000_000)), (3, Gen.Choose(0, 64_000_000)), (2, Gen.Constant(int.MaxValue))).Select(value => (long)value);
        var one =
            from before in demand
            from connections in Gen.Choose(1, 50)
            from after in demand
            select (Before: (before, connections), After: after);
        return
            from count in Gen.Choose(1, 12)
            from all in one.ArrayOf(count)
            select (all.Select(each => each.Before).ToArray(), all.Select(each => each.After).ToArray());
    }

    private static void Do(SharingWorld world, Step step)
    {
        if (step.Kind == Kind.Appear)
        {
            world.Add(step.Size, 1 + (step.At % 7));
        }
        else if (step.Kind is Kind.Raise or Kind.Lower)
        {
            world.Limit = Math.Clamp(step.Kind == Kind.Raise ? world.Limit * 2 : world.Limit / 3, 1_000_000, 8 * Limit);
        }
        else if (world.Gateways.Count > 0)
        {
            var gateway = world.Gateways[step.At % world.Gateways.Count];
            switch (step.Kind)
            {
                case Kind.Demand:
                    (gateway.Demand, gateway.Connections) = (step.Size, 1 + (step.At % 5));
                    break;
                case Kind.Leave:
                    world.Close(gateway, isHeard: true);
                    break;
                case Kind.Die:
                    world.Close(gateway, isHeard: false);
                    break;
                case Kind.FallSilent:
                    gateway.IsSilent = true;
                    break;
                case Kind.ComeBack:
                    foreach (var back in world.Gateways)
                    {
                        (back.IsSilent, back.SilentRounds) = (false, 0);
                    }

                    break;
                case Kind.LoseAnswer:
                    gateway.Next = SharingWorld.Answer.Lost;
                    break;
                case Kind.DelayAnswer:
                    gateway.Next = SharingWorld.Answer.Late;
                    break;
            }
        }
    }

    private sealed record Step(Kind Kind, int At, int Size, int Seed)
    {
        public SharingWorld.Simulated[] Shuffled(IReadOnlyList<SharingWorld.Simulated> gateways)
        {
            var order = gateways.ToArray();
            new Random(Seed).Shuffle(order);
            return order;
        }
    }
}
