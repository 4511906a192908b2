using System.Text.RegularExpressions;

namespace Headgate.Browser.Tests;

/// <summary>A failover drill as somebody starts, watches and schedules it in a browser.</summary>
[Collection(BrowserCollection.Name)]
public sealed class DrillPagesTests(Browsers browsers)
{
    [Fact]
    public async Task Drill_StartedInTheBrowser_IsFollowedToItsResultAndScheduled()
    {
        await using var tab = await browsers.SignedInAsync();
        await tab.GoAsync("/drills");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Start a drill" }).First.ClickAsync();
        await Look.AtAsync(tab, "portal-drills-start");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Start it now" }).ClickAsync();
        // Each of these stands for a few seconds.
        var running = new Regex(@"Uploads over 4 streams\.|Closes the run's path|Waits for the streams to leave|Uploads on\.|Reads everything back\.");
        await Assertions.Expect(tab.Page.GetByText(running).First).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await tab.Page.ScreenshotAsync(new() { Path = Path.Combine(Browsers.Screenshots, "portal-drills-running.png"), FullPage = true });
        await Assertions.Expect(tab.Page.GetByText("every byte right; the tool noticed nothing.").First).ToBeVisibleAsync(new() { Timeout = 120_000 });

        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Make one" }).ClickAsync();
        await tab.Page.GetByLabel("When, as a cron expression").FillAsync("30 3 * * 0");
        await Look.AtAsync(tab, "portal-drills-schedule");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Store" }).ClickAsync();
        await Assertions.Expect(tab.Page.GetByText("30 3 * * 0")).ToBeVisibleAsync();
        await Look.AtAsync(tab, "portal-drills");

        // With one gateway left there is nothing to move to; the dashboard says so.
        (await browsers.World.AdminAsync("gateway", "drain", "gtw2")).Succeeded();
        try
        {
            (await browsers.World.AdminAsync("drill", "start")).Succeeded();
            await Assertions.Expect(tab.Page.GetByText("gtw2 (in no list: it drains)").First).ToBeVisibleAsync(new() { Timeout = 60_000 });
            await Look.AtAsync(tab, "portal-drills-impossible");
            await tab.GoAsync("/");
            await Assertions.Expect(tab.Page.GetByText("The last failover drill could not be carried out")).ToBeVisibleAsync();
            await Look.AtAsync(tab, "portal-dashboard-drill");
        }
        finally
        {
            (await browsers.World.AdminAsync("gateway", "activate", "gtw2")).Succeeded();
            (await browsers.World.AdminAsync("drill", "schedule", "--off")).Succeeded();
        }
    }
}
