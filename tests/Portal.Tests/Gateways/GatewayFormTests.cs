using Headgate.Portal.Provider.Gateways;

namespace Headgate.Portal.Tests.Gateways;

public sealed class GatewayFormTests
{
    [Theory]
    [InlineData("192.0.2.1", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("gtw1.backup.example.com", true)]
    [InlineData("  gtw1.test  ", true)]
    [InlineData("", false)]
    [InlineData("Gtw1.Test", false)]
    [InlineData("gtw1.test:6180", false)]
    [InlineData("https://gtw1.test", false)]
    [InlineData("a..b", false)]
    [InlineData("-a.test", false)]
    [InlineData("a b", false)]
    [InlineData("1", false)]
    public void Validate_Host(string host, bool isRight)
    {
        var form = Form();
        form.Host = host;
        Assert.Equal(isRight, form.Validate().IsEmpty);
    }

    [Fact]
    public void Validate_WhenEverythingIsWrong_SaysSoOfEachField()
    {
        var faults = new GatewayForm { Id = "Gtw 1", DisplayName = new string('x', 101), Host = "", Port = null, Weight = 1001, Pools = [.. Enumerable.Range(0, 17).Select(index => $"p{index}")] }.Validate();
        Assert.All(GatewayForm.Fields, field => Assert.NotEmpty(faults.Of(field)));
    }

    [Fact]
    public void ToChange_SendsTouchedFieldsOnly()
    {
        var form = Form();
        form.Weight = 250;
        var change = form.ToChange(Some.Gateway(version: 7), 7);
        Assert.Equal(new ChangeGateway(null, null, null, null, 250, null, 7), change);
    }

    [Fact]
    public void ConflictsWith_NamesFieldsThatDifferWithBothValues()
    {
        var form = Form();
        form.Weight = 250;
        form.Pools = ["default", "east"];
        var stored = Some.Gateway() with { Weight = 300, DisplayName = "Frankfurt", Pools = ["default"] };
        Assert.Equal(
            [new Conflict("Display name", "(none)", "Frankfurt"), new Conflict("Weight", "250", "300"), new Conflict("Pools", "default, east", "default")],
            form.ConflictsWith(stored));
    }

    [Fact]
    public void AreSame_WhenOnlyTheWantedStateIsAnother_IsTrue() =>
        Assert.True(GatewayForm.AreSame(Some.Gateway(), Some.Gateway(WantedState.Draining, active: 4, version: 2)));

    [Fact]
    public void Changes_OfAPool_TouchWhatWasTickedOnlyAndLeaveNobodyInNone()
    {
        var (a, b, c) = (Some.Gateway() with { Gateway = "a", Pools = ["east"] }, Some.Gateway() with { Gateway = "b" }, Some.Gateway() with { Gateway = "c", Pools = ["east", "x"] });
        var form = new PoolForm("east", isNew: false, ["a"]);
        form.Set("a", false);
        form.Set("b", true);
        var changes = form.Changes([a, b, c]).ToDictionary(change => change.Gateway.Gateway, change => string.Join(' ', change.Pools));
        Assert.Equal(new Dictionary<string, string> { ["a"] = "default", ["b"] = "default east" }, changes);
    }

    private static GatewayForm Form() => GatewayForm.Of(Some.Gateway());
}
