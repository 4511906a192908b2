using System.Globalization;
using System.Reflection;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Headgate.Portal;
using Headgate.Portal.Provider;
using Headgate.Portal.Tenants;
using Microsoft.AspNetCore.Components;

namespace Headgate.Browser.Tests;

/// <summary>Every page of both sites, found by its route: wide and narrow, light and dark; a picture of each, no finding of axe that matters, nothing that scrolls sideways.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PagesTests(Browsers browsers)
{
    private static readonly string[] s_sections = ["connectors", "access-keys", "jobs", "users", "activity", "settings"];

    public static TheoryData<Site, string> Pages
    {
        get
        {
            var data = new TheoryData<Site, string>();
            foreach (var (site, app) in new[] { (Site.Portal, typeof(ProviderApp)), (Site.Tenants, typeof(TenantApp)) })
            {
                foreach (var path in Routes(app.Assembly).Concat(Routes(typeof(SiteHost).Assembly)).SelectMany(Fill).Distinct().Order(StringComparer.Ordinal))
                {
                    data.Add(site, path);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_WhenOpened_IsWellBuilt(Site site, string path)
    {
        await using var tab = path == "/sign-in" ? await browsers.OpenAsync(site)
            : site == Site.Portal ? await browsers.SignedInAsync()
            : await browsers.SignedInAsync(Site.Tenants, "carol", Browsers.Password);
        if (path == "/not-found")
        {
            tab.Expect("404");
        }

        await tab.GoAsync(path);
        var findings = new List<string>();
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await tab.Page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            foreach (var width in new[] { 1280, 390 })
            {
                await tab.Page.SetViewportSizeAsync(width, 800);
                await tab.Page.EvaluateAsync("() => document.fonts.ready");
                var name = $"{site}{(path == "/" ? "-start" : path.Replace('/', '-'))}-{scheme}-{width.ToString(CultureInfo.InvariantCulture)}.png".ToLowerInvariant();
                await tab.Page.ScreenshotAsync(new() { Path = Path.Combine(Browsers.Screenshots, name), FullPage = true });
                var wide = await tab.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth");
                if (wide > width)
                {
                    findings.Add($"{scheme} {width}: {wide} pixels wide: {await tab.Page.EvaluateAsync<string>(s_widest, width)}");
                }
            }

            var result = await tab.Page.RunAxe();
            findings.AddRange(result.Violations.Where(violation => violation.Impact is "serious" or "critical").Select(violation => $"{scheme}: {Describe(violation)}"));
        }

        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    [Fact]
    public async Task Axe_WhenAPageIsIll_FindsIt()
    {
        await using var tab = await browsers.OpenAsync();
        await tab.GoAsync("/sign-in");
        await tab.Page.EvaluateAsync("() => document.querySelector('main').insertAdjacentHTML('beforeend', '<input><p style=\"color: #ccc; background: #fff\">pale</p>')");
        var result = await tab.Page.RunAxe();
        var found = result.Violations.Where(violation => violation.Impact is "serious" or "critical").Select(violation => violation.Id).ToArray();
        Assert.Contains("label", found);
        Assert.Contains("color-contrast", found);
    }

    private const string s_widest =
        "width => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1).slice(0, 5).map(e => e.tagName + '.' + e.className).join(', ')";

    private static string Describe(AxeResultItem violation) =>
        $"{violation.Id} ({violation.Impact}): {violation.Help}: {string.Join(" | ", violation.Nodes.Take(3).Select(node => node.Html))}";

    private static IEnumerable<string> Routes(Assembly assembly) =>
        assembly.GetTypes().SelectMany(type => type.GetCustomAttributes<RouteAttribute>()).Select(route => route.Template);

    // What there is in the world of these tests. A route with another parameter must be added here.
    private static IEnumerable<string> Fill(string template)
    {
        var path = template.Replace("{Tenant}", "acme").Replace("{Job}", "nightly").Replace("{Id}", "gtw1").Replace("{Repository}", "repo1").Replace("{Account}", "admin");
        var filled = path.Contains("{Section}") ? s_sections.Select(section => path.Replace("{Section}", section)) : [path];
        return filled.Select(page => page.Contains('{') ? throw new InvalidOperationException($"Say in this test what fills {template}.") : page);
    }
}
