namespace Headgate.Browser.Tests;

/// <summary>What people, and others, type: stored or refused with words, shown as text, never run; and the page keeps its shape.</summary>
[Collection(BrowserCollection.Name)]
public sealed class HostileTextTests(Browsers browsers)
{
    public static TheoryData<string> Texts =>
    [
        "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
        "\u202Egnirts desrever\u202C مثال",
        string.Concat(Enumerable.Repeat("👩‍👩‍👧‍👦株式会社", 6)),
        new string('W', 100),
        new string('ß', 200),
        "{{constructor.constructor('alert(1)')()}} ${alert(1)} javascript:alert(1)",
        "   ",
        "a\u0000b\u0007c",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Create_WhenANameIsHostile_IsStoredOrRefusedWithWords(string text)
    {
        await using var tab = await browsers.SignedInAsync();
        await tab.Page.SetViewportSizeAsync(390, 800);

        await tab.GoAsync("/tenants/new");
        await FillAsync(tab, "Name", text);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Create the tenant" }).ClickAsync();
        await StoredOrRefusedAsync(tab, "New tenant");
        if (!tab.Page.Url.EndsWith("/new", StringComparison.Ordinal))
        {
            await tab.GoAsync("/tenants?sort=created&desc=1");
            await KeepsItsShapeAsync(tab);
        }

        await tab.GoAsync("/tenants/acme/access-keys");
        await FillAsync(tab, "Name", text);
        await tab.ClickAsync("Make a key");
        await Assertions.Expect(tab.Page.Locator(".validation-message, .notice.problem, .shown-once").First).ToBeVisibleAsync();
        await KeepsItsShapeAsync(tab);

        await tab.GoAsync("/gateways/new");
        await FillAsync(tab, "Name", text);
        await tab.Page.GetByLabel("Id", new() { Exact = true }).FillAsync(browsers.Fresh("odd"));
        await FillAsync(tab, "Public address", text);
        await tab.ClickAsync("Make it and show the command");
        await Assertions.Expect(tab.Page.Locator(".validation-message, .notice.problem").First).ToBeVisibleAsync();
        await KeepsItsShapeAsync(tab);

        await tab.GoAsync("/tenants?q=" + Uri.EscapeDataString(text.Replace("\0", "", StringComparison.Ordinal)) + "&filter=" + Uri.EscapeDataString("<b>"));
        await KeepsItsShapeAsync(tab);
    }

    private static Task FillAsync(Tab tab, string label, string text) => tab.Page.GetByLabel(label, new() { Exact = true }).First.FillAsync(text);

    private static async Task StoredOrRefusedAsync(Tab tab, string heading)
    {
        var page = tab.Page;
        var refused = page.Locator(".validation-message, .notice.problem").First;
        var elsewhere = page.GetByRole(AriaRole.Heading, new() { Level = 1 }).Filter(new() { HasNotText = heading });
        await Assertions.Expect(refused.Or(elsewhere).First).ToBeVisibleAsync();
        await KeepsItsShapeAsync(tab);
    }

    private static async Task KeepsItsShapeAsync(Tab tab)
    {
        var width = await tab.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth");
        Assert.True(width <= 390, $"{tab.Page.Url} is {width} pixels wide on a screen of 390.");
        Assert.Equal(0, await tab.Page.Locator("img[src=x]").CountAsync());
    }
}
