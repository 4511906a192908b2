namespace Headgate.Portal.Tests;

public sealed class FrameTests
{
    [Fact]
    public async Task Open_WhenSignedIn_ShowsThePageInTheFrame()
    {
        await using var host = await PageHost.StartAsync();
        var visitor = await host.SignInAsync("anna");
        var page = await visitor.OpenAsync("/");
        var shown = await page.UntilAsync("Dashboard");
        Assert.Contains(shown.All, element => element.Name == "a" && element["href"] == "/" && element.HasClass("active"));
        Assert.Contains("Signed in as anna", shown.Text);
        Assert.Equal("Dashboard", shown.All.Single(element => element.Name == "h1").Text);
    }

    [Fact]
    public async Task Open_WhenNobodyIsSignedIn_LeadsToSignInAndBack()
    {
        await using var host = await PageHost.StartAsync();
        var visitor = host.Visit(null);
        var page = await visitor.OpenAsync("/?page=2&q=a%26b");
        await page.UntilAsync(_ => visitor.Address.Loads.Count > 0);
        Assert.Equal("/sign-in?return=%2F%3Fpage%3D2%26q%3Da%2526b", Assert.Single(visitor.Address.Loads));
    }
}
