using Headgate.Portal.Tenants;
using Headgate.Portal.Tenants.Jobs;

namespace Headgate.Portal.Tests.TenantSite;

public sealed class JobWordsTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, RunStatus.Failed, "restic backup", "Never")]
    [InlineData(23, RunStatus.Failed, "restic backup", "Good")]
    [InlineData(25, RunStatus.Succeeded, "restic backup", "Late")]
    [InlineData(25, RunStatus.Running, "restic backup", "Running")]
    [InlineData(1, RunStatus.Retrying, "restic backup", "Tries again")]
    [InlineData(25, RunStatus.Resumed, "restic backup", "Resumed")]
    [InlineData(null, RunStatus.NoSnapshot, "restic init", "No backup job")]
    [InlineData(null, RunStatus.NoSnapshot, "restic restore", "No backup job")]
    [InlineData(null, RunStatus.NoSnapshot, "tar", "Never")]
    public void Of_AJob_SaysHowOldItsBackupIs(int? hoursAgo, RunStatus last, string tool, string expected)
    {
        var run = new RunInfo(1, last, "laptop", tool, s_now, null, null, null, []);
        Assert.Equal(expected, JobWords.Of(new JobInfo("acme", "a", JobMode.Backup, "rep1", hoursAgo is { } hours ? s_now.AddHours(-hours) : null, [run], 1), s_now).Text);
    }

    [Theory]
    [InlineData(false, 30, null, "Planned")]
    [InlineData(false, -9, null, "Planned")]
    [InlineData(false, -11, null, "Missed")]
    [InlineData(true, 30, null, "Good")]
    [InlineData(true, -11, null, "Missed")]
    [InlineData(true, 30, 20, "Missed")]
    public void Of_APlannedJob_SaysWhetherItsTimePassed(bool hasRun, int nextInMinutes, int? missedMinutesAgo, string expected)
    {
        var run = new RunInfo(1, RunStatus.Succeeded, "laptop", "restic backup", s_now.AddHours(-2), s_now.AddHours(-1), null, "a", []);
        var plan = new JobPlan("laptop", "30 2 * * *", s_now.AddMinutes(nextInMinutes), missedMinutesAgo is { } ago ? s_now.AddMinutes(-ago) : null, null);
        var job = new JobInfo("acme", "a", JobMode.Copy, "rep1", hasRun ? s_now.AddHours(-1) : null, hasRun ? [run] : [], 1, plan);
        Assert.Equal(expected, JobWords.Of(job, s_now).Text);
    }

    [Fact]
    public void Of_AMissedJob_GivesTheReasonOfThatTimeAndHidesNoMissingBackup()
    {
        var failed = new RunInfo(1, RunStatus.Failed, "laptop", "restic backup", s_now.AddHours(-2), s_now.AddHours(-1), null, null, []);
        var leftOut = new JobPlan("laptop", "0 * * * *", s_now.AddMinutes(20), s_now.AddMinutes(-40), "The run before was still going on.");
        var off = leftOut with { Next = s_now.AddMinutes(-20) };
        JobInfo Job(JobPlan plan, params RunInfo[] runs) => new("acme", "a", JobMode.Copy, "rep1", null, [.. runs], 1, plan);
        Assert.Contains("The run before was still going on.", JobWords.Of(Job(leftOut), s_now).Why, StringComparison.Ordinal);
        Assert.Equal("Missed", JobWords.Of(Job(off), s_now).Text);
        Assert.DoesNotContain("The run before", JobWords.Of(Job(off), s_now).Why, StringComparison.Ordinal);
        Assert.Equal("Never", JobWords.Of(Job(off, failed), s_now).Text);
    }

    [Theory]
    [InlineData("acme/nightly", true)]
    [InlineData("acme2/nightly", false)]
    [InlineData("acme", false)]
    [InlineData("beta/acme/x", false)]
    public void IsKey_OfATenant_IsItsOwnOnly(string key, bool expected) => Assert.Equal(expected, OfTenant.IsKey("acme", key));

    [Theory]
    [InlineData("../beta")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("nightly\n")]
    public void Key_OfNoId_IsRefused(string id) => Assert.Throws<ArgumentException>(() => OfTenant.Key("acme", id));
}
