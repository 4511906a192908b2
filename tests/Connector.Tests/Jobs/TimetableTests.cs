using System.Globalization;
using Headgate.Connector.Jobs;

namespace Headgate.Connector.Tests.Jobs;

/// <summary>What begins when, with clocks that are set and time that passed unnoticed.</summary>
public sealed class TimetableTests
{
    [Fact]
    public void Ask_WhenDue_IsDueOnceInTime()
    {
        var table = Table("30 2 * * *", "2026-01-01T00:00:00Z");
        Assert.Equal(At("2026-01-01T02:30:00Z"), table.Next);
        Assert.Equal(default, table.Ask(At("2026-01-01T02:29:59Z")));
        Assert.Equal(new TimetableNews(true, At("2026-01-01T02:30:00Z"), 0), table.Ask(At("2026-01-01T02:30:04Z")));
        Assert.Equal(default, table.Ask(At("2026-01-01T02:30:05Z")));
        Assert.Equal(At("2026-01-02T02:30:00Z"), table.Next);
    }

    [Theory]
    [InlineData("run", true)]
    [InlineData("skip", false)]
    public void Ask_WhenDueTimesPassedUnnoticed_RunsOnceOrNot(string rule, bool isDue)
    {
        var table = Table("30 2 * * *", "2026-01-01T00:00:00Z", Enum.Parse<MissedRule>(rule, ignoreCase: true));
        Assert.Equal(new TimetableNews(isDue, At("2026-01-05T02:30:00Z"), 5), table.Ask(At("2026-01-05T09:00:00Z")));
        Assert.Equal(default, table.Ask(At("2026-01-05T09:00:05Z")));
        Assert.Equal(At("2026-01-06T02:30:00Z"), table.Next);
    }

    [Fact]
    public void Ask_WhenTheClockJumpsAhead_MakesUpOnceAndGoesOnByTheNewClock()
    {
        var table = Table("0 * * * *", "2026-01-01T00:30:00Z");
        Assert.Equal(new TimetableNews(true, At("2027-01-01T05:00:00Z"), 8764 + 1), table.Ask(At("2027-01-01T05:20:00Z")));
        Assert.Equal(At("2027-01-01T06:00:00Z"), table.Next);
    }

    [Fact]
    public void Ask_WhenTheClockIsSetBackALittle_RepeatsNothingThatHasItsHours()
    {
        var table = Table("30 2 * * *", "2026-01-01T00:00:00Z");
        Assert.True(table.Ask(At("2026-01-01T02:30:00Z")).IsDue);
        Assert.Equal(default, table.Ask(At("2026-01-01T01:40:00Z")));
        Assert.Equal(default, table.Ask(At("2026-01-01T02:30:00Z")));
        Assert.Equal(At("2026-01-02T02:30:00Z"), table.Next);
    }

    [Fact]
    public void Ask_WhenTheClockIsSetBackALittle_GoesOnWithWhatHasAnyHour()
    {
        var table = Table("*/10 * * * *", "2026-01-01T02:00:00Z");
        Assert.True(table.Ask(At("2026-01-01T02:10:00Z")).IsDue);
        Assert.Equal(default, table.Ask(At("2026-01-01T01:12:00Z")));
        Assert.Equal(At("2026-01-01T01:20:00Z"), table.Next);
    }

    [Fact]
    public void Ask_WhenTheClockWasFarAhead_GoesByTheRightOne()
    {
        var table = Table("30 2 * * *", "2031-01-01T00:00:00Z");
        Assert.Equal(default, table.Ask(At("2026-01-01T00:00:00Z")));
        Assert.Equal(At("2026-01-01T02:30:00Z"), table.Next);
    }

    [Fact]
    public void Next_WithJitter_IsWithinItTheSameAgainAndDiffersBetweenMachines()
    {
        var jitter = TimeSpan.FromMinutes(30);
        var nexts = Enumerable.Range(0, 200)
            .Select(machine => Table("30 2 * * *", "2026-01-01T00:00:00Z", jitter: jitter, seed: $"acme/m{machine}").Next!.Value - At("2026-01-01T02:30:00Z"))
            .ToArray();
        Assert.All(nexts, put => Assert.InRange(put, TimeSpan.Zero, jitter));
        Assert.True(nexts.Distinct().Count() > 190);
        Assert.InRange(nexts.Average(put => put.TotalMinutes), 12, 18);
        Assert.Equal(nexts[7], Table("30 2 * * *", "2026-01-01T00:00:00Z", jitter: jitter, seed: "acme/m7").Next!.Value - At("2026-01-01T02:30:00Z"));
    }

    [Fact]
    public void Ask_WhenMissedWithJitter_PutsTheMakeUpOffAndRunsItOnce()
    {
        var table = Table("30 2 * * *", "2026-01-01T00:00:00Z", jitter: TimeSpan.FromMinutes(30));
        var start = At("2026-01-03T09:00:00Z");
        Assert.False(table.Ask(start).IsDue);
        var makeUp = table.Next!.Value;
        Assert.InRange(makeUp, start, start + TimeSpan.FromMinutes(30));
        Assert.Equal(default, table.Ask(makeUp - TimeSpan.FromSeconds(1)));
        Assert.Equal(new TimetableNews(true, At("2026-01-03T02:30:00Z"), 1), table.Ask(makeUp));
        Assert.Equal(default, table.Ask(makeUp + TimeSpan.FromSeconds(1)));
        Assert.Equal(4, table.Next!.Value.Day);
    }

    private static Timetable Table(
        string cron, string accounted, MissedRule missed = MissedRule.Run, TimeSpan jitter = default, string seed = "acme/pc1")
    {
        Assert.True(CronSchedule.TryParse(cron, TimeZoneInfo.Utc, out var schedule, out var refusal), refusal);
        return new Timetable(schedule!, missed, jitter, seed, At(accounted));
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
