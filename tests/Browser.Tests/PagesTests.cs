using System.Reflection;
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
        await Look.AtAsync(tab, $"{site}{(path == "/" ? "-start" : path.Replace('/', '-'))}");
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
