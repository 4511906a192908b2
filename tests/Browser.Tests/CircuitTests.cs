using System.Diagnostics;
using System.Net;

namespace Headgate.Browser.Tests;

/// <summary>What becomes of an open page when its connection, its server or its session goes.</summary>
[Collection(BrowserCollection.Name)]
public sealed class CircuitTests(Browsers browsers)
{
    [Fact]
    public async Task Page_WhenTheConnectionIsLostForAWhile_GoesOnWithWhatWasTyped()
    {
        var world = browsers.World;
        var way = new IPEndPoint(IPAddress.Parse(world.AddressOf("gtw90")), 6184);
        await using var cable = new Cable(way, new IPEndPoint(IPAddress.Parse(world.AddressOf("server")), 6184));
        await using var browser = await browsers.LaunchAsync(world, way.Address.ToString());
        await using var tab = await browsers.SignedInAsync(browser);
        ExpectLoss(tab);
        await tab.GoAsync("/gateways/new");
        await tab.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("Typed before");
        await Assertions.Expect(tab.Page.GetByLabel("Id", new() { Exact = true })).ToHaveAttributeAsync("placeholder", "typed-before");
        cable.Cut();
        await tab.SeesAsync("Connecting again");
        cable.Mend();
        await Assertions.Expect(tab.Page.GetByText("Connecting again")).ToBeHiddenAsync();
        await Assertions.Expect(tab.Page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("Typed before");
        await tab.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("Typed after");
        await Assertions.Expect(tab.Page.GetByLabel("Id", new() { Exact = true })).ToHaveAttributeAsync("placeholder", "typed-after");
    }

    [Theory]
    [InlineData("/gateways/new", null, "Make it and show the command", "The address is missing")]
    [InlineData("/tenants/new", "More", "Create the tenant", "An id has")]
    public async Task Field_WhenTheServersAnswersComeLate_KeepsWhatWasTyped(string path, string? open, string send, string answer)
    {
        var world = browsers.World;
        var way = new IPEndPoint(IPAddress.Parse(world.AddressOf("gtw91")), 6184);
        await using var cable = new Cable(way, new IPEndPoint(IPAddress.Parse(world.AddressOf("server")), 6184));
        await using var browser = await browsers.LaunchAsync(world, way.Address.ToString());
        await using var tab = await browsers.SignedInAsync(browser);
        await tab.GoAsync(path);
        if (open is not null)
        {
            await tab.Page.GetByText(open, new() { Exact = true }).ClickAsync();
        }

        // Somebody types on, and sends the form, before anything comes back of the name.
        var (name, id) = (tab.Page.GetByLabel("Name", new() { Exact = true }), tab.Page.GetByLabel("Id", new() { Exact = true }));
        cable.HoldAnswers();
        await name.PressSequentiallyAsync("Frankfurt 3");
        await id.PressSequentiallyAsync("My Own");
        await tab.ClickAsync(send);
        cable.ReleaseAnswers();
        await tab.SeesAsync(answer);
        await Assertions.Expect(name).ToHaveValueAsync("Frankfurt 3");
        await Assertions.Expect(id).ToHaveValueAsync("My Own");
    }

    [Fact]
    public async Task Page_WhenTheServerIsStartedAgain_LoadsAgainAndIsStillSignedIn()
    {
        await using var tab = await browsers.SignedInAsync();
        ExpectLoss(tab);
        await tab.GoAsync("/tenants?q=acme");
        await tab.Page.EvaluateAsync("() => { window.mark = true; }");
        var clock = Stopwatch.StartNew();
        Assert.Equal(0, await browsers.World.Server.StopAsync());
        Say(clock, "the server stopped");
        await browsers.World.Server.StartAsync();
        Say(clock, "the server was ready");
        await tab.Page.WaitForFunctionAsync("() => window.mark === undefined", options: new() { Timeout = 90_000 });
        await tab.HeadingAsync("Tenants");
        Say(clock, "the page was there again");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Acme GmbH" })).ToBeVisibleAsync();
        // The gateways come back by themselves, too.
        await tab.GoAsync("/gateways");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "gtw1" })).ToContainTextAsync("Up");
    }

    [Fact]
    public async Task Edit_WhenTheSessionEndsInTheMiddle_KeepsWhatWasTypedUntilSomebodySignsInAgain()
    {
        await using var world = await World.StartAsync(gateways: 0, repositories: 0, server: ["--session-lifetime", "20s"]);
        await using var browser = await browsers.LaunchAsync(world);
        await using var tab = await browsers.OpenAsync(browser: browser);
        tab.Expect("401");
        // The session is short: it begins where the form is.
        await tab.Page.GotoAsync("/gateways/new");
        await tab.SignInAsync("admin", Browsers.Password);
        await tab.HeadingAsync("New gateway");
        await tab.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("Half done");
        await tab.Page.GetByLabel("Public address").FillAsync("192.0.2.9");
        await Assertions.Expect(tab.Page.GetByText("Your session has ended")).ToBeVisibleAsync(new() { Timeout = 90_000 });
        await tab.ClickAsync("Go on");
        await tab.SeesAsync("Nobody is signed in as admin in this browser yet.");

        // Who has seen that it may have ended again meanwhile signs in once more: the machine may be slow.
        for (var i = 0; i < 5 && await tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Set up half-done" }).CountAsync() == 0; i++)
        {
            if (await tab.Page.GetByText("Your session has ended").CountAsync() > 0)
            {
                var other = await tab.Page.RunAndWaitForPopupAsync(() => tab.Page.GetByRole(AriaRole.Link, new() { Name = "Sign in again" }).ClickAsync());
                await other.GetByLabel("User name").FillAsync("admin");
                await other.GetByLabel("Password").FillAsync(Browsers.Password);
                await other.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
                await Assertions.Expect(other.GetByRole(AriaRole.Heading, new() { Name = "You are signed in" })).ToBeVisibleAsync();
                await other.CloseAsync();
                await tab.ClickAsync("Go on");
                await Assertions.Expect(tab.Page.GetByText("Your session has ended")).ToHaveCountAsync(0);
            }

            await Assertions.Expect(tab.Page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("Half done");
            await tab.ClickAsync("Make it and show the command");
            await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Set up half-done" }).Or(tab.Page.GetByText("Your session has ended")).First).ToBeVisibleAsync();
        }

        await tab.HeadingAsync("Set up half-done");
        Assert.Equal("half-done", (await world.AdminJsonAsync("gateway", "list"))[0].GetProperty("gateway").GetString());
    }

    private static void Say(Stopwatch clock, string what) => TestContext.Current.TestOutputHelper?.WriteLine($"{clock.Elapsed.TotalSeconds:0.0} s: {what}.");

    private static void ExpectLoss(Tab tab)
    {
        foreach (var text in new[] { "WebSocket", "ERR_", "Failed to", "Connection disconnected", "connection" })
        {
            tab.Expect(text);
        }
    }
}
