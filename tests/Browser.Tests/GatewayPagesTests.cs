using System.Net.Security;
using System.Net.Sockets;

namespace Headgate.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class GatewayPagesTests(Browsers browsers)
{
    [Fact]
    public async Task Add_WhenTheCodeIsUsed_ShowsTheGatewayUp()
    {
        var world = browsers.World;
        var address = $"{world.AddressOf("gtw3")}:{World.PublicPort}";
        await using var tab = await browsers.SignedInAsync();
        await tab.GoAsync("/gateways/new");
        await tab.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("Frankfurt 3");
        await tab.Page.GetByLabel("Id", new() { Exact = true }).FillAsync("gtw3");
        await tab.Page.GetByLabel("Public address").FillAsync(world.AddressOf("gtw3"));
        await tab.ClickAsync("Make it and show the command");
        await tab.HeadingAsync("Set up gtw3");
        var code = (await tab.Page.GetByRole(AriaRole.Textbox, new() { Name = "The enrolment code alone" }).InnerTextAsync()).Trim();
        await tab.SeesAsync("Waiting for the machine to enrol");
        await using var gateway = new Daemon("gtw3", Programs.Gateway, "run", "--data", world.PathOf("gtw3"), "--code", code, "--listen", address);
        await gateway.StartAsync();
        await tab.SeesAsync("gtw3 is up.");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Show gtw3" }).ClickAsync();
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Up");

        // Nothing is shown of it that was not heard: killed, it is told so within seconds.
        await gateway.KillAsync();
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).Not.ToContainTextAsync("Up");
        await tab.ClickAsync("Revoke");
        var dialog = tab.Page.GetByRole(AriaRole.Dialog);
        var revoke = dialog.GetByRole(AriaRole.Button, new() { Name = "Revoke", Exact = true });
        await Assertions.Expect(revoke).ToBeDisabledAsync();
        await dialog.GetByRole(AriaRole.Textbox).FillAsync("gtw3");
        await revoke.ClickAsync();
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Revoked");
    }

    [Fact]
    public async Task Drain_WhenConnectionsAreLeft_CountsThemDown()
    {
        await using var tab = await browsers.SignedInAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(browsers.World.EndPointOf("gtw2"));
        await using var tls = new SslStream(socket.GetStream(), false, static (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("my." + World.Zone);
        await tab.GoAsync("/gateways/gtw2");
        await tab.ClickAsync("Drain");
        var dialog = tab.Page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog).ToContainTextAsync("Undrain makes it take connections again at any time.");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Drain", Exact = true }).ClickAsync();
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = "Draining", Exact = true })).ToBeVisibleAsync();
        await tab.SeesAsync("1 left");
        await tab.SeesAsync("Streams have their own time");
        await tab.ClickAsync("Change its end");
        await dialog.GetByText("after another time").ClickAsync();
        await dialog.GetByRole(AriaRole.Spinbutton).FillAsync("0");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Store", Exact = true }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("Whole minutes from 1 to");
        await dialog.GetByText("after 5 minutes").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Store", Exact = true }).ClickAsync();
        await tab.SeesAsync("is closed: in 4 min");
        tls.Close();
        socket.Close();
        await tab.SeesAsync("Nothing is left on it: it can be stopped.");
        await tab.ClickAsync("Undrain");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Up");
    }
}
