using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Headgate.Browser.Tests;

/// <summary>What an administrator does for a tenant, up to the tool that uses what the page showed.</summary>
[Collection(BrowserCollection.Name)]
public sealed partial class TenantPagesTests(Browsers browsers)
{
    [Fact]
    public async Task Create_WhenGivenANameAndASize_MakesATenantWithAQuota()
    {
        await using var tab = await browsers.SignedInAsync();
        var name = browsers.Fresh("Müller & Söhne ");
        await tab.GoAsync("/tenants");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "New tenant" }).ClickAsync();
        await tab.HeadingAsync("New tenant");
        await tab.Page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await tab.Page.GetByLabel("Size", new() { Exact = true }).FillAsync("3.5");
        await tab.ClickAsync("Create the tenant");
        await tab.Page.WaitForURLAsync(Made());
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync(name);
        await tab.SeesAsync("3.5 GiB");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Tenants", Exact = true }).First.ClickAsync();
        await tab.Page.GetByLabel("Name or id").FillAsync(name);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = name })).ToBeVisibleAsync();
        await tab.Page.WaitForURLAsync("**/tenants?q=*");
    }

    [Fact]
    public async Task AccessKey_WhenShownOnce_WorksInStockRestic()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        await using var tab = await browsers.SignedInAsync();
        await tab.GoAsync("/tenants/acme/access-keys");
        var name = browsers.Fresh("Backup server ");
        await tab.Page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await tab.ClickAsync("Make a key");
        var url = await tab.Page.GetByRole(AriaRole.Textbox, new() { Name = "Repository for restic" }).InnerTextAsync();
        await ResticWorksAsync(browsers, url);

        await tab.Page.ReloadAsync();
        await Assertions.Expect(tab.Page.GetByText(name)).ToBeVisibleAsync();
        await Assertions.Expect(tab.Page.GetByText(new Uri(url["rest:".Length..]).UserInfo.Split(':')[1])).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task ConnectorCode_WhenTaken_EnrolsAMachineThatThePageThenShows()
    {
        await using var tab = await browsers.SignedInAsync();
        await tab.GoAsync("/tenants/acme/connectors");
        await tab.ClickAsync("Make a code");
        var code = await tab.Page.GetByRole(AriaRole.Textbox, new() { Name = "The code alone" }).InnerTextAsync();
        var host = browsers.Fresh("laptop");
        var machine = new Machine(browsers.World, "acme", host);
        (await machine.HeadgateAsync("enroll", code.Trim(), "--host-name", host)).Succeeded();
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = host })).ToBeVisibleAsync();
        (await machine.RunAsync("first", ["snapshots"], ["--path", "/desk/"])).Succeeded();
    }

    [Fact]
    public async Task Edit_WhenSomebodyElseWasFirst_ShowsBothValuesAndStoresWhatIsChosen()
    {
        var id = browsers.Fresh("conflict");
        await browsers.Management.AddTenantAsync(id, "As it was", 1L << 30);
        await using var first = await browsers.SignedInAsync();
        await using var second = await browsers.SignedInAsync();
        foreach (var tab in new[] { first, second })
        {
            await tab.GoAsync($"/tenants/{id}");
            await tab.ClickAsync("Edit");
        }

        await first.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("As the first says");
        await second.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("As the second says");
        await first.ClickAsync("Store");
        await Assertions.Expect(first.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("As the first says");
        // What the first stored reaches the second's heading, and not its form.
        await Assertions.Expect(second.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("As the first says");
        await Assertions.Expect(second.Page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("As the second says");
        await second.ClickAsync("Store");
        await second.SeesAsync("Somebody changed this while you edited it.");
        var row = second.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "As the second says" });
        await Assertions.Expect(row).ToContainTextAsync("As the first says");
        await second.ClickAsync("Store mine");
        await Assertions.Expect(second.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("As the second says");
        await Assertions.Expect(first.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("As the second says");
    }

    [Fact]
    public async Task List_WhenAnotherBrowserChangesARow_ShowsItWithoutBeingAsked()
    {
        var id = browsers.Fresh("live");
        await browsers.Management.AddTenantAsync(id, "Quiet", 1L << 30);
        await using var watching = await browsers.SignedInAsync();
        await using var acting = await browsers.SignedInAsync();
        await watching.GoAsync($"/tenants?q={id}");
        await Assertions.Expect(watching.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Quiet" })).ToContainTextAsync("Active");
        await acting.GoAsync($"/tenants/{id}");
        await acting.ClickAsync("Disable");
        await acting.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameRegex = Disable() }).ClickAsync();
        await acting.SeesAsync("This tenant is disabled");
        var clock = Stopwatch.StartNew();
        await Assertions.Expect(watching.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Quiet" })).ToContainTextAsync("Disabled");
        TestContext.Current.TestOutputHelper?.WriteLine($"The other browser showed it {clock.ElapsedMilliseconds} ms after the one that acted.");
    }

    [Fact]
    public async Task List_WhenPagedSortedAndSearched_KeepsAllOfItInTheAddress()
    {
        await using var tab = await browsers.SignedInAsync();
        await tab.GoAsync("/tenants");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Next" }).ClickAsync();
        await tab.Page.WaitForURLAsync("**/tenants?page=2");
        await tab.Page.GoBackAsync();
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "Next" })).ToBeVisibleAsync();
        await tab.Page.GetByLabel("Name or id").FillAsync("number 1");
        await Assertions.Expect(tab.Page.GetByText("1 to 11 of 11")).ToBeVisibleAsync();
        await tab.Page.ReloadAsync();
        await Assertions.Expect(tab.Page.GetByText("1 to 11 of 11")).ToBeVisibleAsync();
        await Assertions.Expect(tab.Page.GetByLabel("Name or id")).ToHaveValueAsync("number 1");
        await tab.Page.GetByLabel("Name or id").FillAsync("no tenant is called so");
        await tab.SeesAsync("Nothing matches");
    }

    /// <summary>Initializes, backs up and restores over an address that a page showed.</summary>
    internal static async Task ResticWorksAsync(Browsers browsers, string url)
    {
        var address = new Uri(url["rest:".Length..]);
        await using var names = await Namespace.WithHostsAsync(browsers.World.GatewayNames.Select(gateway => (address.Host, browsers.World.AddressOf(gateway))));
        var machine = new Machine(browsers.World, "acme", browsers.Fresh("stock"));
        var authority = await browsers.World.AuthorityFileAsync();
        var repository = url.Trim().TrimEnd('/') + "/" + machine.HostName + "/";
        var source = await machine.FilesAsync("source", files: 2, bytesEach: 50_000);
        (await machine.ResticAsync(names, repository, authority, "init")).Succeeded();
        (await machine.ResticAsync(names, repository, authority, "backup", source)).Succeeded();
        var target = Path.Combine(machine.Folder, "restored");
        (await machine.ResticAsync(names, repository, authority, "restore", "latest", "--target", target)).Succeeded();
        Assert.Equal(await Machine.SumsAsync(source), await Machine.SumsAsync(target + source));
    }

    [GeneratedRegex("/tenants/m")]
    private static partial Regex Made();

    [GeneratedRegex("^Disable")]
    private static partial Regex Disable();
}
