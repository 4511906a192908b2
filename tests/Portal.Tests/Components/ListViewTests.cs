namespace Headgate.Portal.Tests;

public sealed class ListViewTests
{
    [Fact]
    public async Task List_WhenThereIsMoreThanAPage_LeadsThroughThem()
    {
        await using var host = await PageHost.StartAsync();
        var page = await OpenAsync(host, "/", 60);
        await page.UntilAsync("1 to 25 of 60");
        Assert.DoesNotContain("Previous", await page.TextAsync());
        await page.FollowAsync("Next");
        await page.UntilAsync("26 to 50 of 60");
        await page.FollowAsync("Next");
        var last = await page.UntilAsync("51 to 60 of 60");
        Assert.Equal("/?page=3", page.Address.Path);
        Assert.DoesNotContain(last.All, element => element["rel"] == "next");
        await page.FollowAsync("Previous");
        await page.UntilAsync("26 to 50 of 60");
        Assert.Equal(25, (await page.ReadAsync()).All.Count(element => element.Name == "td" && element["data-label"] == "Name"));
    }

    [Fact]
    public async Task List_WhenAColumnIsChosen_SortsAndTurnsRound()
    {
        await using var host = await PageHost.StartAsync();
        var page = await OpenAsync(host, "/?page=2&q=1", 60);
        await page.FollowAsync("Name");
        Assert.Equal("/?q=1&sort=name", Sorted(page.Address.Path));
        Assert.Equal("ascending", Header(await page.ReadAsync(), "Name"));
        await page.FollowAsync("Name");
        Assert.Equal("/?desc=1&q=1&sort=name", Sorted(page.Address.Path));
        Assert.Equal("descending", Header(await page.ReadAsync(), "Name"));
        // Of figures the greatest is asked for first.
        await page.FollowAsync("Size");
        Assert.Equal("/?desc=1&q=1&sort=size", Sorted(page.Address.Path));
        Assert.Equal("none", Header(await page.ReadAsync(), "Name"));
    }

    [Fact]
    public async Task List_WhenSearched_StartsAtTheFirstPageAndReplacesTheAddress()
    {
        await using var host = await PageHost.StartAsync();
        var page = await OpenAsync(host, "/?page=2&filter=odd", 60);
        await page.SetAsync("Search numbers", "  <x> & ");
        Assert.Equal("/?filter=odd&q=%3Cx%3E%20%26", Sorted(page.Address.Path));
        // What is typed stays as it is, spaces too; what an address says by itself comes into the field.
        Assert.Equal("  <x> & ", await page.ValueAsync("Search numbers"));
        await page.GoAsync("/?filter=odd&q=7");
        Assert.Equal("7", await page.ValueAsync("Search numbers"));
        await page.GoAsync("/?filter=odd&q=%3Cx%3E%20%26");
        Assert.Equal("<x> &", await page.ValueAsync("Search numbers"));
        await page.SetAsync("Search numbers", " ");
        Assert.Equal("/?filter=odd", page.Address.Path);
        await page.FollowAsync("All");
        Assert.Equal("/", page.Address.Path);
    }

    [Fact]
    public async Task List_WhenThereIsNothing_SaysWhatWouldBeThere()
    {
        await using var host = await PageHost.StartAsync();
        Assert.Contains("No number was made yet.", await (await OpenAsync(host, "/", 0)).TextAsync());
        var searched = await OpenAsync(host, "/?q=zzz&sort=name", 0);
        Assert.Contains("Nothing matches", await searched.TextAsync());
        await searched.FollowAsync("Show everything");
        Assert.Equal("/?sort=name", searched.Address.Path);
    }

    [Fact]
    public async Task List_WhenLoadingOrRefused_SaysThat()
    {
        await using var host = await PageHost.StartAsync();
        var loading = await OpenAsync(host, "/", 0, new Answer(IsLoading: true));
        Assert.Contains((await loading.ReadAsync()).All, element => element["aria-busy"] == "true");
        var refused = await OpenAsync(host, "/", 0, new Answer(Refusal: new RefusedException(RefusalReason.Invalid, "sort: 'x'; allowed are name, size.")));
        Assert.Contains((await refused.ReadAsync()).All, element => element["role"] == "alert" && element.Text.Contains("allowed are name, size.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task List_WhenACellHoldsMarkup_ShowsItAsText()
    {
        await using var host = await PageHost.StartAsync();
        var page = await OpenAsync(host, "/", 1);
        Assert.Contains("&lt;b&gt;1&lt;/b&gt;", await page.HtmlAsync());
        Assert.Contains("1 in all", await page.TextAsync());
    }

    private static async Task<Page> OpenAsync(PageHost host, string path, int total, Answer? answer = null)
    {
        var visitor = await host.SignInAsync();
        visitor.Address.Start(path);
        return await visitor.RenderAsync<PlainList>(new() { ["Total"] = total, ["Of"] = answer ?? new Answer() });
    }

    private static string? Header(Element page, string name) => page.All.Single(element => element.Name == "th" && element.Text == name)["aria-sort"];

    // The order of parameters in an address is nobody's business.
    private static string Sorted(string path) =>
        path.Split('?') is [var before, var query] ? before + "?" + string.Join('&', query.Split('&').Order(StringComparer.Ordinal)) : path;
}
