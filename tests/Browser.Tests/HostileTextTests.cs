namespace Headgate.Browser.Tests;

/// <summary>What people, and others, type into the forms that make things: stored or refused with words, shown as text, never run; and the page keeps its shape.</summary>
[Collection(BrowserCollection.Name)]
public sealed class HostileTextTests(Browsers browsers)
{
    private static readonly string[] s_texts =
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

    /// <summary>A page, the button that opens its form (or none), and the one that sends it.</summary>
    public static TheoryData<Site, string, string?, string> Forms => new()
    {
        { Site.Portal, "/tenants/new", null, "Create the tenant" },
        { Site.Portal, "/tenants/acme/access-keys", null, "Make a key" },
        { Site.Portal, "/tenants/acme/users", "New user", "Create the account" },
        { Site.Portal, "/accounts", "New administrator", "Create the account" },
        { Site.Portal, "/gateways/new", null, "Make it and show the command" },
        { Site.Portal, "/gateways/fleet", "New fleet token", "Make it and show the code" },
        { Site.Portal, "/gateways/pools", "New pool", "Make the pool" },
        { Site.Portal, "/repositories/new", null, "Add the repository" },
        { Site.Tenants, "/access-keys/new", null, "Make the key" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Form_WhenWhatIsTypedIsHostile_StoresItOrRefusesItWithWords(Site site, string path, string? open, string send)
    {
        await using var tab = site == Site.Portal ? await browsers.SignedInAsync() : await browsers.SignedInAsync(Site.Tenants, "carol", Browsers.Password);
        await tab.Page.SetViewportSizeAsync(390, 800);
        foreach (var text in s_texts)
        {
            await tab.GoAsync(path);
            if (open is not null)
            {
                await tab.Page.GetByRole(AriaRole.Button, new() { Name = open }).First.ClickAsync();
            }

            var submit = tab.Page.GetByRole(AriaRole.Button, new() { Name = send, Exact = true });
            await Assertions.Expect(submit).ToBeVisibleAsync();
            var form = tab.Page.Locator("form").Filter(new() { Has = submit });
            foreach (var field in await form.Locator("input:not([type]):visible, input[type=text]:visible").AllAsync())
            {
                await field.FillAsync(text);
            }

            await submit.ClickAsync();
            var answer = tab.Page.Locator(".validation-message, .notice.problem, input:invalid, .copy-box");
            await Tool.UntilAsync(
                async () => !tab.Page.Url.EndsWith(path, StringComparison.Ordinal) || await answer.CountAsync() > 0, $"an answer to '{text}' on {path}");
            await KeepsItsShapeAsync(tab, text);
        }
    }

    [Fact]
    public async Task List_WhenItShowsHostileNames_KeepsItsShape()
    {
        await using var tab = await browsers.SignedInAsync();
        await tab.Page.SetViewportSizeAsync(390, 800);
        foreach (var text in s_texts.Where(text => !string.IsNullOrWhiteSpace(text) && !text.Contains('\0') && text.Length <= 100))
        {
            var id = browsers.Fresh("odd");
            await browsers.Management.AddTenantAsync(id, text, 1L << 30);
            await tab.GoAsync($"/tenants?q={id}&sort=name");
            await KeepsItsShapeAsync(tab, text);
            await tab.GoAsync($"/tenants/{id}");
            await KeepsItsShapeAsync(tab, text);
        }

        await tab.GoAsync("/tenants?q=" + Uri.EscapeDataString(s_texts[0]) + "&filter=" + Uri.EscapeDataString("<b>"));
        await KeepsItsShapeAsync(tab, s_texts[0]);
    }

    private static async Task KeepsItsShapeAsync(Tab tab, string text)
    {
        var width = await tab.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth");
        Assert.True(width <= 390, $"{tab.Page.Url} with '{text}' is {width} pixels wide on a screen of 390.");
        Assert.Equal(0, await tab.Page.Locator("img[src=x]").CountAsync());
    }
}
