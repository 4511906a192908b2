using Headgate.Protocol.Tenant;

namespace Headgate.Browser.Tests;

/// <summary>What the pages of jobs say of runs that resumed, that are asked to stop, and that nothing of ours runs.</summary>
[Collection(BrowserCollection.Name)]
public sealed class JobPagesTests(Browsers browsers)
{
    [Fact]
    public async Task Job_WhoseRunResumed_SaysHowOftenAndThatItIsAskedToStop()
    {
        await using var tab = await browsers.SignedInAsync();
        await using var theirs = await browsers.SignedInAsync(Site.Tenants, "carol", Browsers.Password);
        var job = browsers.Fresh("resumed");
        using var api = new ConnectorApi(browsers.World, "gtw1", browsers.AcmeDesk.Identity());
        var ticket = await api.OpenRunAsync(job);
        await api.PostAsync<ProgressRequest, ProgressAnswer>(
            TenantRoutes.Progress(job, ticket.Run),
            new ProgressRequest(1, RunState.Running, 0, [new PathEntry("gtw1", 5, 700_000_000, 20_000), new PathEntry("gtw2", 5, 90_000_000, 7_000)], 3, 2010, 1700));

        await tab.GoAsync($"/jobs/acme/{job}");
        await Assertions.Expect(tab.Page.GetByText("3 times; 2.01 s without a connection, 1.7 s at the longest")).ToBeVisibleAsync();
        await Look.AtAsync(tab, "portal-job-resumed");
        await theirs.GoAsync($"/jobs/{job}");
        await Assertions.Expect(theirs.Page.GetByText("3 times; 2.01 s without a connection, 1.7 s at the longest")).ToBeVisibleAsync();
        await Look.AtAsync(theirs, "tenants-job-resumed");

        (await browsers.World.AdminAsync("job", "cancel", "acme", job)).Succeeded();

        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Stopping" })).ToBeDisabledAsync();
        await Assertions.Expect(theirs.Page.GetByText("The run is asked to stop.")).ToBeVisibleAsync();
        Assert.True((await api.PostAsync<ProgressRequest, ProgressAnswer>(TenantRoutes.Progress(job, ticket.Run), new ProgressRequest(1, RunState.Running, 0, []))).Stop);
        await api.PostAsync<FinishRequest, RunSummary>(TenantRoutes.Finish(job, ticket.Run), new FinishRequest(1, 130, true, false, null, []));
        await Assertions.Expect(tab.Page.GetByText("Cancelled").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Job_ThatAMachinePlans_IsShownPlannedAndWhenItsTimePassedMissed()
    {
        await using var tab = await browsers.SignedInAsync();
        await using var theirs = await browsers.SignedInAsync(Site.Tenants, "carol", Browsers.Password);
        var (planned, missed) = (browsers.Fresh("planned"), browsers.Fresh("missed"));
        using var api = new ConnectorApi(browsers.World, "gtw1", browsers.AcmeDesk.Identity());
        var now = DateTimeOffset.UtcNow;
        await api.PutAsync<PlansRequest, PlansAnswer>(TenantRoutes.Plans, new PlansRequest(
        [
            new PlannedJob(planned, JobKind.Copy, "repo1", "30 2 * * *", now.AddHours(5)),
            new PlannedJob(missed, JobKind.Copy, "repo1", "30 2 * * 1-5", now.AddHours(7), now.AddHours(-2), "The run before was still going on, and its rule is to leave such out."),
        ]));

        await tab.GoAsync($"/jobs/acme/{planned}");
        await Assertions.Expect(tab.Page.GetByText("Planned, and no run yet")).ToBeVisibleAsync();
        await Look.AtAsync(tab, "portal-job-planned");
        await tab.GoAsync($"/jobs/acme/{missed}");
        await Assertions.Expect(tab.Page.GetByText("The run before was still going on")).ToBeVisibleAsync();
        await Look.AtAsync(tab, "portal-job-missed");
        await tab.GoAsync("/jobs?filter=missed");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = missed })).ToBeVisibleAsync();
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = planned })).ToHaveCountAsync(0);
        await Look.AtAsync(tab, "portal-jobs-missed");
        await tab.GoAsync("/");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = missed })).ToBeVisibleAsync();
        await Look.AtAsync(tab, "portal-dashboard-missed");
        await theirs.GoAsync($"/jobs/{missed}");
        await Assertions.Expect(theirs.Page.GetByText("The run before was still going on")).ToBeVisibleAsync();
        await Look.AtAsync(theirs, "tenants-job-missed");
        await theirs.GoAsync($"/jobs?q={planned}");
        await Assertions.Expect(theirs.Page.GetByText("Planned").First).ToBeVisibleAsync();
        await Look.AtAsync(theirs, "tenants-jobs-planned");

        // Named no more, planned no more.
        await api.PutAsync<PlansRequest, PlansAnswer>(TenantRoutes.Plans, new PlansRequest([]));
        await tab.GoAsync($"/jobs?q={planned}");
        await Assertions.Expect(tab.Page.GetByText("Nothing matches")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Job_OfAStockClient_IsShownWithItsKeyAndCannotBeCancelled()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        await using var tab = await browsers.SignedInAsync();
        await using var theirs = await browsers.SignedInAsync(Site.Tenants, "carol", Browsers.Password);
        var (world, name) = (browsers.World, browsers.Fresh("nas"));
        var key = await new Tenant(world, "acme").AccessKeyAsync("repo1", "--name", name);
        await using var names = await Namespace.WithHostsAsync(
            world.GatewayNames.Select(gateway => (key.GetProperty("accessName").GetString()!, world.AddressOf(gateway))));
        var machine = new Machine(world, "acme", name);
        var url = key.GetProperty("url").GetString() + name + "/";
        var authority = await world.AuthorityFileAsync();
        var source = await machine.FilesAsync("source", 2, 1_000_000);
        foreach (var arguments in new string[][] { ["init"], ["backup", source], ["tag", "--add", "kept"], ["check"] })
        {
            (await machine.ResticAsync(names, url, authority, arguments)).Succeeded();
        }

        await tab.GoAsync($"/jobs?q={name}");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = name }).First.ClickAsync();
        await Assertions.Expect(tab.Page.GetByText("Run 3").First).ToBeVisibleAsync();
        await Assertions.Expect(tab.Page.GetByText("Agentless: a stock restic with an access key")).ToBeVisibleAsync();
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel the run" })).ToHaveCountAsync(0);
        var job = new Uri(tab.Page.Url).Segments[^1];
        await tab.Page.Locator("details.run:nth-of-type(2) > summary").ClickAsync();
        await Look.AtAsync(tab, "portal-job-agentless");
        await theirs.GoAsync($"/jobs/{job}");
        await Assertions.Expect(theirs.Page.GetByText("Ended, no backup").First).ToBeVisibleAsync();
        await Look.AtAsync(theirs, "tenants-job-agentless");
        await tab.GoAsync("/jobs");
        await Look.AtAsync(tab, "portal-jobs-agentless");
    }
}
