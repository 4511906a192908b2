using System.Globalization;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;

namespace Headgate.Browser.Tests;

/// <summary>Looks at what a tab shows: wide and narrow, light and dark; a picture of each, no finding of axe that matters, nothing that scrolls sideways.</summary>
internal static class Look
{
    private const string Widest =
        "width => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1).slice(0, 5).map(e => e.tagName + '.' + e.className).join(', ')";

    /// <summary>Fails for what is found; the pictures are called <paramref name="name"/>.</summary>
    public static async Task AtAsync(Tab tab, string name)
    {
        var findings = new List<string>();
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await tab.Page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            foreach (var width in new[] { 1280, 390 })
            {
                await tab.Page.SetViewportSizeAsync(width, 800);
                await tab.Page.EvaluateAsync("() => document.fonts.ready");
                var file = $"{name}-{scheme}-{width.ToString(CultureInfo.InvariantCulture)}.png".ToLowerInvariant();
                await tab.Page.ScreenshotAsync(new() { Path = Path.Combine(Browsers.Screenshots, file), FullPage = true });
                var wide = await tab.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth");
                if (wide > width)
                {
                    findings.Add($"{scheme} {width}: {wide} pixels wide: {await tab.Page.EvaluateAsync<string>(Widest, width)}");
                }
            }

            var result = await tab.Page.RunAxe();
            findings.AddRange(result.Violations.Where(violation => violation.Impact is "serious" or "critical").Select(violation => $"{scheme}: {Describe(violation)}"));
        }

        Assert.True(findings.Count == 0, string.Join('\n', findings));
        await tab.Page.SetViewportSizeAsync(1280, 800);
    }

    private static string Describe(AxeResultItem violation) =>
        $"{violation.Id} ({violation.Impact}): {violation.Help}: {string.Join(" | ", violation.Nodes.Take(3).Select(node => node.Html))}";
}
