using Headgate.Portal.Provider.Tenants;

namespace Headgate.Portal.Tests.TenantPages;

public sealed class TenantPagesTests
{
    [Fact]
    public async Task Create_WhenTheIdIsTaken_TakesTheNextAndLeadsToTheTenant()
    {
        await using var host = await StartAsync();
        await TenantAsync(host, "acme", "Acme");
        var page = await (await host.SignInAsync()).OpenAsync("/tenants/new");
        await page.SetAsync("Name", "Acme");
        Assert.Equal("acme-2", await page.PlaceholderAsync("Id"));
        await page.SetAsync("Size", "2");
        await page.SetAsync("Bandwidth limit", "lots");
        await page.ClickAsync("Create the tenant");
        await page.UntilAsync("A bandwidth limit is a rate from 64 KiB/s");
        await page.SetAsync("Bandwidth limit", "1 Gbit/s");
        await page.ClickAsync("Create the tenant");
        await page.UntilAsync(_ => page.Address.Path.StartsWith("/tenants/acme-2", StringComparison.Ordinal));
        await page.UntilAsync("Make an enrolment code");
        await page.UntilAsync("125 MB/s each way (1 Gbit/s)");
        Assert.Equal(2L << 30, (await host.Grains.GetGrain<IQuotaGrain>("acme-2/repo1").GetAsync(default)).LimitBytes);
    }

    [Fact]
    public async Task Create_WhileTheRepositoriesCannotBeRead_SaysSoAndWaits()
    {
        await using var host = await StartAsync();
        host.Calls.Before = (method, _) => method == "IDirectory.ListRepositoriesAsync" ? throw new InvalidOperationException("The disk is gone.") : Task.CompletedTask;
        var page = await (await host.SignInAsync()).OpenAsync("/tenants/new");
        await page.SetAsync("Name", "Acme");
        var shown = await page.UntilAsync("The server cannot read this just now.");
        Assert.DoesNotContain("You see what was known", shown.Text, StringComparison.Ordinal);
        Assert.NotNull(shown.All.Single(element => element.Name == "button" && element.Label == "Create the tenant")["disabled"]);

        host.Calls.Before = null;
        host.Silo.Time.Advance(TimeSpan.FromSeconds(2));
        await page.UntilGoneAsync("The server cannot read this just now.");
        await page.SetAsync("Size", "2");
        await page.ClickAsync("Create the tenant");
        await page.UntilAsync(_ => page.Address.Path.StartsWith("/tenants/acme", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Create_WhenSeveralFieldsAreWrong_ShowsAllAndKeepsWhatWasTyped()
    {
        await using var host = await StartAsync();
        var page = await (await host.SignInAsync()).OpenAsync("/tenants/new");
        await page.UntilAsync("repo1");
        await page.SetAsync("Name", new string('n', 101));
        await page.SetAsync("Size", "0");
        await page.SetAsync("Id", "No Id!");
        await page.ClickAsync("Create the tenant");
        await page.UntilAsync(shown => shown.Text.Contains("this one has 101") && shown.Text.Contains("1 MiB or more") && shown.Text.Contains("An id has"));
        Assert.Equal(new string('n', 101), await page.ValueAsync("Name"));
        Assert.Equal("No Id!", await page.ValueAsync("Id"));
        Assert.Equal(0, (await host.Grains.GetGrain<IDirectory>("directory").ListTenantsAsync(new PageRequest(0, 1, null), default)).Total);
    }

    [Fact]
    public async Task SetQuota_WhenItFailsAfterTheTenantWasMade_LeavesTheTenantAndCanBeTriedAgain()
    {
        await using var host = await StartAsync();
        var creation = new TenantCreation { Name = "Acme", LimitBytes = 1L << 30 };
        var made = await creation.MakeAsync(host.Grains, default);
        var refusal = await Assert.ThrowsAsync<RefusedException>(() => creation.SetQuotaAsync(host.Grains, "gone", default));
        Assert.Same(made, creation.Made);
        await using var visitor = await host.SignInAsync();
        var page = await visitor.RenderAsync<UnfinishedTenant>(new() { ["Tenant"] = made, ["Why"] = refusal.Message });
        var shown = await page.UntilAsync("was created. Its quota was not");
        Assert.Contains("There is no repository 'gone'.", shown.Text);
        Assert.Contains(shown.All, element => element.Name == "a" && element["href"] == "/tenants/acme");
        Assert.Equal(1L << 30, (await creation.SetQuotaAsync(host.Grains, "repo1", default)).LimitBytes);
    }

    [Fact]
    public async Task Settings_WhenTwoPeopleChangeTheName_ShowsBothValuesAndStoresMineWhenAsked()
    {
        await using var host = await StartAsync();
        await TenantAsync(host, "acme", "Acme");
        var page = await (await host.SignInAsync()).OpenAsync("/tenants/acme");
        await page.ClickAsync("Edit");
        await page.SetAsync("Name", "Mine");
        await page.SetAsync("End of service, UTC", "2027-01-01T00:00:00");
        await host.Grains.GetGrain<ITenantGrain>("acme").ChangeAsync(new ChangeTenant("Theirs", null, null, null, 5, null), default);
        await page.UntilAsync(shown => shown.All.Any(element => element.Name == "h1" && element.Text.Contains("Theirs")));
        Assert.Equal("Mine", await page.ValueAsync("Name"));
        await page.ClickAsync("Store");
        var conflict = await page.UntilAsync("Somebody changed this while you edited it.");
        Assert.Contains("Name Mine Theirs", conflict.Text);
        await page.ClickAsync("Store mine");
        await page.UntilGoneAsync("Somebody changed this");
        var stored = await host.Grains.GetGrain<ITenantGrain>("acme").GetAsync(default);
        Assert.Equal(("Mine", 5, new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero)), (stored.DisplayName, stored.RunLimit, stored.LeaseEnds));
    }

    [Fact]
    public async Task List_WhenNamesAreHostile_ShowsThemAsText()
    {
        await using var host = await StartAsync();
        await TenantAsync(host, "evil", "<script>alert(1)</script>");
        await TenantAsync(host, "rtl", "شركة \u202e evil");
        var page = await (await host.SignInAsync()).OpenAsync("/tenants?sort=name&desc=1");
        var shown = await page.UntilAsync("<script>alert(1)</script>");
        Assert.DoesNotContain(shown.All, element => element.Name == "script");
        Assert.All(shown.All.Where(element => element.HasClass("name")), name => Assert.Contains(name.All, inner => inner.Name == "bdi"));
        await page.GoAsync("/tenants?q=nobody");
        await page.UntilAsync("Nothing matches");
    }

    [Fact]
    public async Task List_WhenLimitsAreAsLargeAsCanBe_StandsInEveryOrder()
    {
        await using var host = await StartAsync();
        await host.Grains.GetGrain<IRepositoryGrain>("repo2").CreateAsync(new CreateRepository("192.0.2.10", 6183), default);
        await TenantAsync(host, "acme", "Acme");
        foreach (var repository in new[] { "repo1", "repo2" })
        {
            await host.Grains.GetGrain<ITenantGrain>("acme").SetQuotaAsync(repository, long.MaxValue, null, default);
        }

        var page = await (await host.SignInAsync()).OpenAsync("/tenants?sort=limit&desc=1");
        await page.UntilAsync("0 B of 8 EiB");
        await page.GoAsync("/tenants?sort=used");
        await page.UntilAsync(shown => shown.All.Any(element => element["aria-sort"] == "ascending") && shown.Text.Contains("0 B of 8 EiB"));
    }

    [Fact]
    public async Task Quota_WhenASoftLimitIsSetAndPassed_SaysSo()
    {
        await using var host = await StartAsync();
        await TenantAsync(host, "acme", "Acme");
        await host.Grains.GetGrain<ITenantGrain>("acme").SetQuotaAsync("repo1", 10L << 30, null, default);
        var quota = host.Grains.GetGrain<IQuotaGrain>("acme/repo1");
        var page = await (await host.SignInAsync()).OpenAsync("/tenants/acme");
        await page.ClickAsync("Change the limit");
        await page.SetAsync("Warn above a soft limit", "true");
        await page.SetAsync("Soft limit", "11");
        await page.ClickAsync("Store");
        await page.UntilAsync("at most the limit, 10 GiB");
        await page.SetAsync("Soft limit", "2");
        await page.ClickAsync("Store");
        await page.UntilAsync("Soft limit 2 GiB.");
        Assert.Equal((10L << 30, 2L << 30), ((await quota.GetAsync(default)).LimitBytes, (await quota.GetAsync(default)).SoftLimitBytes));

        await quota.LeaseAsync(new LeaseClaim("00000000000000aa", 1, 1, 3L << 30, 3L << 30, 0, 3L << 30, 0), default);
        await page.UntilAsync("Above the soft limit.");
        await page.ClickAsync("Change the limit");
        await page.SetAsync("Warn above a soft limit", "false");
        await page.ClickAsync("Store");
        await page.UntilGoneAsync("Above the soft limit.");
        Assert.Null((await quota.GetAsync(default)).SoftLimitBytes);
    }

    [Fact]
    public async Task Connectors_WhenACodeIsMade_ShowsItOnceWithItsCommand()
    {
        await using var host = await StartAsync();
        await TenantAsync(host, "acme", "Acme");
        var page = await (await host.SignInAsync()).OpenAsync("/tenants/acme/connectors");
        await page.ClickAsync("Make a code");
        await page.UntilAsync("headgate enroll hg1:connector:acme:");
        await page.GoAsync("/tenants/acme");
        await page.UntilAsync("Next steps");
        await page.GoAsync("/tenants/acme/connectors");
        await page.UntilAsync("No machine is enrolled");
        Assert.DoesNotContain("hg1:", await page.TextAsync());
    }

    private static async Task<PageHost> StartAsync()
    {
        var host = await PageHost.StartAsync();
        await host.Grains.GetGrain<IRepositoryGrain>("repo1").CreateAsync(new CreateRepository("192.0.2.9", 6183), default);
        return host;
    }

    private static Task TenantAsync(PageHost host, string tenant, string name) =>
        host.Grains.GetGrain<ITenantGrain>(tenant).CreateAsync(new CreateTenant(name, [], null, 0), default);
}
