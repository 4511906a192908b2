using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests.Security;

/// <summary>A tenant whose service ends, and what a provider types that cannot be.</summary>
[Collection(ProviderCollection.Name)]
public sealed class ServiceTests(Provider provider)
{
    [Fact]
    public async Task Tenant_WhenItIsDisabled_IsShutOutAtOnceAndComesBack()
    {
        var id = provider.Fresh("gone");
        var tenant = await provider.World.AddTenantAsync(id);
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        using var identity = desk.Identity();
        using var api = provider.ApiOf(desk);
        var ticket = await api.OpenRunAsync("live", readsOnly: true);
        var key = await provider.AccessKeyAsync(tenant);
        await using var live = await TlsConnection.OpenAsync(provider.GatewayAddress, World.PublicPort, ticket.ServerName, identity);
        await live.SendAsync($"HEAD /desk/config HTTP/1.1\r\nHost: {ticket.ServerName}\r\n\r\n");
        Assert.Equal(200, (await live.ReadHeadAsync()).Status);

        (await provider.World.AdminAsync("tenant", "disable", id)).Succeeded();

        await live.ReadToEndAsync(TimeSpan.FromSeconds(30));
        new RouteTests(provider).AssertRefused(await provider.GetAsync(ticket.ServerName, identity));
        await Tool.UntilAsync(async () => (await provider.GetAsync(key)).Status != 200, "the access key to open nothing", deadline: TimeSpan.FromSeconds(30));
        var refusal = await Assert.ThrowsAsync<ProblemException>(() => api.OpenRunAsync("again"));
        Assert.Equal(ProblemCodes.TenantDisabled, refusal.Code);
        var told = await desk.RunAsync("nightly", ["backup", desk.Folder]);
        Assert.NotEqual(0, told.ExitCode);
        Assert.Contains("disabled", told.Error, StringComparison.OrdinalIgnoreCase);

        (await provider.World.AdminAsync("tenant", "enable", id)).Succeeded();
        (await desk.RunAsync("nightly", ["snapshots"])).Succeeded();
        await Tool.UntilAsync(async () => (await provider.GetAsync(key)).Status == 200, "the access key to work again", deadline: TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Tenant_WhenItsLeaseHasEnded_IsRefusedWithTheDate()
    {
        var id = provider.Fresh("ended");
        var tenant = await provider.World.AddTenantAsync(id);
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        (await provider.World.AdminAsync("tenant", "set", id, "--lease-ends", "2026-01-31")).Succeeded();
        var told = await desk.RunAsync("nightly", ["backup", desk.Folder]);
        Assert.NotEqual(0, told.ExitCode);
        Assert.Contains("2026-01-31", told.Error, StringComparison.Ordinal);
        using var api = provider.ApiOf(desk);
        Assert.Equal(ProblemCodes.LeaseEnded, (await Assert.ThrowsAsync<ProblemException>(() => api.OpenRunAsync("again"))).Code);
        (await provider.World.AdminAsync("tenant", "set", id, "--no-lease-end")).Succeeded();
        (await desk.RunAsync("nightly", ["snapshots"])).Succeeded();
    }

    [Fact]
    public async Task Tenant_WhenItRunsAsManyJobsAsItMay_WaitsForTheNext()
    {
        var id = provider.Fresh("busy");
        var tenant = await provider.World.AddTenantAsync(id);
        (await provider.World.AdminAsync("tenant", "set", id, "--run-limit", "1")).Succeeded();
        var desk = await tenant.EnrolAsync("desk");
        using var api = provider.ApiOf(desk);
        var first = await api.OpenRunAsync("one");
        var refusal = await Assert.ThrowsAsync<ProblemException>(() => api.OpenRunAsync("two"));
        Assert.Equal(ProblemCodes.RunLimit, refusal.Code);
        Assert.True(refusal.Problem.Retry);
        Assert.Contains("1", refusal.Message, StringComparison.Ordinal);
        var reading = await api.OpenRunAsync("restore", readsOnly: true);
        await api.FinishAsync(reading);
        await api.FinishAsync(first);
        await api.FinishAsync(await api.OpenRunAsync("two"));
    }

    [Theory]
    [InlineData("Under_score", "tenant", "add", "Under_score")]
    [InlineData("-leading", "tenant", "add", "--", "-leading")]
    [InlineData("twelve", "quota", "set", "acme", "repo1", "twelve")]
    [InlineData("-5GiB", "quota", "set", "acme", "repo1", "--", "-5GiB")]
    [InlineData("9999999999TiB", "quota", "set", "acme", "repo1", "9999999999TiB")]
    [InlineData("nowhere", "gateway", "add", "gtw77", "--address", "nowhere")]
    [InlineData("192.0.2.1:70000", "gateway", "add", "gtw77", "--address", "192.0.2.1:70000")]
    [InlineData("UPPER", "repository", "add", "UPPER", "--address", "192.0.2.1:6183")]
    [InlineData("2 s", "code", "connector", "acme", "--lifetime", "2s")]
    public async Task Command_WhenAValueCannotBe_SaysTheValueAndWhatIsAllowed(string value, params string[] command)
    {
        var separator = Array.IndexOf(command, "--");
        string[] arguments = separator < 0 ? [.. command, "--data", provider.World.PathOf("server")]
            : [.. command[..separator], "--data", provider.World.PathOf("server"), .. command[separator..]];
        var refused = await Tool.RunAsync(Programs.Server, arguments);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(value, refused.Error, StringComparison.Ordinal);
        Assert.Contains("allowed", refused.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_WhenTheThingExistsOrTheAddressIsTaken_SaysSo()
    {
        var again = await provider.World.AdminAsync("tenant", "add", "acme");
        Assert.NotEqual(0, again.ExitCode);
        Assert.Contains("acme", again.Error, StringComparison.Ordinal);
        var taken = await provider.World.AdminAsync("gateway", "add", "gtw78", "--address", $"{provider.GatewayAddress}:{World.PublicPort}");
        Assert.NotEqual(0, taken.ExitCode);
        Assert.Contains(provider.GatewayAddress, taken.Error, StringComparison.Ordinal);
        Assert.Contains("advertised", taken.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_WhenSomebodyElseChangedTheRow_IsRefusedWithTheVersionNow()
    {
        var id = provider.Fresh("both");
        await provider.World.AddTenantAsync(id);
        var version = (await provider.World.AdminJsonAsync("tenant", "show", id)).GetProperty("version").GetInt64();
        var expected = version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var both = await Task.WhenAll(
            provider.World.AdminAsync("tenant", "set", id, "--name", "One", "--expect-version", expected),
            provider.World.AdminAsync("tenant", "set", id, "--name", "Two", "--expect-version", expected));
        var loser = Assert.Single(both, finished => finished.ExitCode != 0);
        var now = await provider.World.AdminJsonAsync("tenant", "show", id);
        Assert.Contains(now.GetProperty("version").GetInt64().ToString(System.Globalization.CultureInfo.InvariantCulture), loser.Error, StringComparison.Ordinal);
        Assert.Equal(both[0] == loser ? "Two" : "One", now.GetProperty("displayName").GetString());
    }
}
