using Headgate.Portal.Provider.Tenants;

namespace Headgate.Portal.Tests.TenantPages;

public sealed class TenantFormTests
{
    private static readonly TenantInfo s_tenant = new(
        "acme", "Acme", TenantStatus.Active, new DateTimeOffset(2027, 1, 1, 0, 0, 30, TimeSpan.Zero), 3, ["default"], [], [], [], 7);

    [Fact]
    public void ToChange_WhenNothingWasTouched_AsksForNothing()
    {
        var form = new TenantForm(s_tenant);
        Assert.True(form.IsUntouched);
        Assert.Equal(new ChangeTenant(null, null, null, null, null, 7), form.ToChange());
    }

    [Fact]
    public void ToChange_WhenTheEndIsTakenAway_SaysSo() =>
        Assert.Equal(DateTimeOffset.MaxValue, new TenantForm(s_tenant) { LeaseEnds = null }.ToChange().LeaseEnds);

    [Fact]
    public void ToChange_WhenNoPoolIsChosen_MeansTheDefaultOne()
    {
        Assert.Null(new TenantForm(s_tenant) { Pools = [] }.ToChange().Pools);
        Assert.Equal(["gold"], new TenantForm(s_tenant) { Pools = ["gold"] }.ToChange().Pools!.Value);
    }

    [Fact]
    public void ConflictsWith_WhenSomebodyChangedAnotherField_IsNoConflict()
    {
        var form = new TenantForm(s_tenant) { DisplayName = "Mine" };
        var stored = s_tenant with { RunLimit = 9, Version = 8 };
        Assert.Empty(form.ConflictsWith(stored));
        form.Rebase(stored);
        Assert.Equal(new ChangeTenant("Mine", null, null, null, null, 8), form.ToChange());
        Assert.Equal(9, form.RunLimit);
    }

    [Fact]
    public void ConflictsWith_WhenTheSameFieldHasAnotherValue_ShowsBoth()
    {
        var form = new TenantForm(s_tenant) { DisplayName = "Mine", RunLimit = 0, LeaseEnds = null };
        var stored = s_tenant with { DisplayName = "Theirs", RunLimit = 9, LeaseEnds = null, Version = 8 };
        Assert.Equal([new Conflict("Name", "Mine", "Theirs"), new Conflict("Jobs at once", "no limit", "9")], form.ConflictsWith(stored));
    }

    [Fact]
    public void ToChange_OfTheBandwidthLimit_SaysANewOneNoneOrNothing()
    {
        var limited = s_tenant with { BytesPerSecond = 125_000_000 };
        Assert.Equal("125 MB/s", new TenantForm(limited).Bandwidth);
        Assert.True(new TenantForm(limited) { Bandwidth = "1 Gbit/s" }.IsUntouched);
        Assert.Equal(1_000_000, new TenantForm(limited) { Bandwidth = "1 MB/s" }.ToChange().BytesPerSecond);
        Assert.Equal(0, new TenantForm(limited) { Bandwidth = "" }.ToChange().BytesPerSecond);
        Assert.Equal(0, new TenantForm(limited) { Bandwidth = "none" }.ToChange().BytesPerSecond);
        var mine = new TenantForm(limited) { Bandwidth = "2 MB/s" };
        Assert.Equal([new Conflict("Bandwidth limit", "2 MB/s", "3 MB/s")], mine.ConflictsWith(limited with { BytesPerSecond = 3_000_000, Version = 8 }));
        mine.Rebase(limited with { BytesPerSecond = 3_000_000, Version = 8 });
        Assert.Equal(("2 MB/s", 2_000_000L), (mine.Bandwidth, mine.ToChange().BytesPerSecond));
        var faults = new Headgate.Portal.Faults();
        new TenantForm(s_tenant) { Bandwidth = "100" }.Check(faults);
        Assert.Contains("100 MB/s", Assert.Single(faults.Of("bytesPerSecond")));
    }

    [Fact]
    public void Check_WhenSeveralFieldsAreWrong_SaysAllOfThem()
    {
        var faults = new Headgate.Portal.Faults();
        new TenantForm(s_tenant) { DisplayName = new string('x', 101), RunLimit = null }.Check(faults);
        Assert.Contains("101", Assert.Single(faults.Of("displayName")));
        Assert.Single(faults.Of("runLimit"));
    }
}
