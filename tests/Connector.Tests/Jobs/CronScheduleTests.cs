using System.Globalization;
using Headgate.Connector.Jobs;
using Xunit;

namespace Headgate.Connector.Tests.Jobs;

/// <summary>Due times: crontab's five fields, Quartz's six, and the days on which Berlin's clocks change (29 March 2026, 02:00 to 03:00; 25 October 2026, 03:00 to 02:00).</summary>
public sealed class CronScheduleTests
{
    private static readonly TimeZoneInfo s_berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("30 2 * * *", "2026-01-01T00:00:00Z", "2026-01-01T02:30:00Z 2026-01-02T02:30:00Z")]
    [InlineData("30 2 * * *", "2026-01-01T02:30:00Z", "2026-01-02T02:30:00Z 2026-01-03T02:30:00Z")]
    [InlineData("*/20 3-4 * * *", "2026-01-01T03:10:00Z", "2026-01-01T03:20:00Z 2026-01-01T03:40:00Z 2026-01-01T04:00:00Z")]
    [InlineData("0 12 * * 1-5", "2026-01-02T13:00:00Z", "2026-01-05T12:00:00Z 2026-01-06T12:00:00Z")] // a Friday
    [InlineData("0 12 * * 0", "2026-01-01T00:00:00Z", "2026-01-04T12:00:00Z 2026-01-11T12:00:00Z")]
    [InlineData("0 12 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T12:00:00Z 2026-01-11T12:00:00Z")]
    [InlineData("0 12 * * fri-mon", "2026-01-05T13:00:00Z", "2026-01-09T12:00:00Z 2026-01-10T12:00:00Z 2026-01-11T12:00:00Z 2026-01-12T12:00:00Z")]
    [InlineData("0 0 13 * 5", "2026-02-01T00:00:00Z", "2026-02-06T00:00:00Z 2026-02-13T00:00:00Z 2026-02-20T00:00:00Z")] // either kind of day
    [InlineData("0 0 31 * *", "2026-02-01T00:00:00Z", "2026-03-31T00:00:00Z 2026-05-31T00:00:00Z")]
    [InlineData("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z 2032-02-29T00:00:00Z")]
    [InlineData("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z 2026-01-11T00:00:00Z")]
    [InlineData("*/15 * * * * ?", "2026-01-01T00:00:01.5Z", "2026-01-01T00:00:15Z 2026-01-01T00:00:30Z")]
    [InlineData("0 0 6 ? * 2#1", "2026-01-01T00:00:00Z", "2026-01-05T06:00:00Z 2026-02-02T06:00:00Z")]
    public void NextAfter_WhenExpression_IsDueAsItSays(string text, string after, string due) => Check(text, TimeZoneInfo.Utc, after, due);

    [Theory]
    // Clocks jump over 02:30: due at the jump, 01:00 UTC, once, and the next day as ever.
    [InlineData("30 2 * * *", "2026-03-27T12:00:00Z", "2026-03-28T01:30:00Z 2026-03-29T01:00:00Z 2026-03-30T00:30:00Z")]
    [InlineData("30 2 * * *", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z 2026-03-30T00:30:00Z")]
    [InlineData("30 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")]
    [InlineData("0,30 2-3 * * *", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z 2026-03-29T01:30:00Z 2026-03-30T00:00:00Z")]
    [InlineData("0 3 * * *", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z 2026-03-30T01:00:00Z")]
    // 02:30 comes twice: due the first time only, also when asked between the two.
    [InlineData("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z")]
    [InlineData("30 2 * * *", "2026-10-25T00:45:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("30 2 * * *", "2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("0 3 * * *", "2026-10-25T00:45:00Z", "2026-10-25T02:00:00Z 2026-10-26T02:00:00Z")]
    // What goes by elapsed time is due each half hour, whatever clocks show.
    [InlineData("*/30 * * * *", "2026-03-29T00:15:00Z", "2026-03-29T00:30:00Z 2026-03-29T01:00:00Z 2026-03-29T01:30:00Z 2026-03-29T02:00:00Z")]
    [InlineData("*/30 * * * *", "2026-10-25T00:15:00Z", "2026-10-25T00:30:00Z 2026-10-25T01:00:00Z 2026-10-25T01:30:00Z 2026-10-25T02:00:00Z")]
    [InlineData("0 0 1 1 *", "2026-02-01T00:00:00Z", "2026-12-31T23:00:00Z 2027-12-31T23:00:00Z")]
    public void NextAfter_WhenClocksChange_IsDueOnceOrAsTimeGoes(string text, string after, string due) => Check(text, s_berlin, after, due);

    [Fact]
    public void NextAfter_WhenAskedAnywhereInAYear_NeitherMissesNorRepeats()
    {
        var schedule = Parse("30 2 * * *", s_berlin);
        var all = new HashSet<DateTimeOffset>();
        for (var moment = Moment("2026-01-01T00:00:00Z"); moment < Moment("2027-01-01T00:00:00Z"); moment += TimeSpan.FromMinutes(7))
        {
            var next = schedule.NextAfter(moment)!.Value;
            Assert.True(next > moment);
            all.Add(next);
        }

        var days = all.Select(due => due.Date).Order().ToList();
        Assert.Equal(days.Distinct(), days);
        Assert.Equal(366, days.Count);
    }

    [Theory]
    [InlineData("", "0 fields")]
    [InlineData("1 2 3", "3 fields")]
    [InlineData("61 2 * * *", "'61 2 * * *' cannot be a schedule")]
    [InlineData("0 25 * * *", "'0 25 * * *' cannot be a schedule")]
    [InlineData("0 2 * * 8", "'8' is not a day of the week")]
    [InlineData("0 2 * * mo", "'mo' is not a day of the week")]
    [InlineData("0 2 30 2 *", "no day that there is")]
    [InlineData("0 2 ? * ;", "characters that none of five fields takes")]
    [InlineData("0 0 2 * 13 ?", "'0 0 2 * 13 ?' cannot be a schedule")]
    public void TryParse_WhenItCannotBe_SaysWhatIsWrongAndAllowed(string text, string sentence)
    {
        Assert.False(CronSchedule.TryParse(text, TimeZoneInfo.Utc, out _, out var refusal));
        Assert.Contains(sentence, refusal, StringComparison.Ordinal);
        Assert.Contains("Five fields", refusal, StringComparison.Ordinal);
    }

    private static void Check(string text, TimeZoneInfo zone, string after, string due)
    {
        var schedule = Parse(text, zone);
        var moment = Moment(after);
        foreach (var expected in due.Split(' ').Select(Moment))
        {
            moment = schedule.NextAfter(moment)!.Value;
            Assert.Equal(expected, moment);
        }
    }

    private static CronSchedule Parse(string text, TimeZoneInfo zone)
    {
        Assert.True(CronSchedule.TryParse(text, zone, out var schedule, out var refusal), refusal);
        return schedule!;
    }

    private static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
