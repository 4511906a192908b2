namespace Headgate.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class SignInTests(Browsers browsers)
{
    [Fact]
    public async Task SignIn_WhenThePasswordIsWrong_SaysSoAndKeepsTheName()
    {
        await using var tab = await browsers.OpenAsync();
        await tab.SignInAsync("admin", "not the password");
        await tab.SeesAsync("The user name or the password is wrong.");
        await Assertions.Expect(tab.Page.GetByLabel("User name")).ToHaveValueAsync("admin");
        await tab.SignInAsync("nobody-at-all", "not the password");
        await tab.SeesAsync("The user name or the password is wrong.");
    }

    [Fact]
    public async Task SignIn_WhenAPageWasAskedFor_LeadsThere()
    {
        await using var tab = await browsers.OpenAsync();
        await tab.Page.GotoAsync("/tenants?q=acme");
        await tab.SignInAsync("admin", Browsers.Password);
        await tab.HeadingAsync("Tenants");
        Assert.EndsWith("/tenants?q=acme", tab.Page.Url, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("https://evil.example/")]
    [InlineData("/\\evil.example")]
    public async Task SignIn_WhenItIsToLeadElsewhere_StaysHere(string target)
    {
        await using var tab = await browsers.SignedInAsync();
        await tab.Page.GotoAsync("/sign-in?return=" + Uri.EscapeDataString(target));
        await tab.HeadingAsync("Dashboard");
        Assert.Equal(Browsers.AddressOf(Site.Portal) + "/", tab.Page.Url);
    }

    [Fact]
    public async Task SignIn_WhenGuessedTooOften_IsLocked()
    {
        var account = browsers.Fresh("guessed");
        var password = await browsers.Management.AddAccountAsync(account);
        await using var tab = await browsers.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            await tab.SignInAsync(account, $"wrong password {i}");
            await Assertions.Expect(tab.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        }

        await tab.SignInAsync(account, password);
        await tab.SeesAsync("Too many wrong attempts. Try again after");
    }

    [Fact]
    public async Task SignIn_WhenSomebodyElseMadeThePassword_AsksForAnotherBeforeAnythingElse()
    {
        var account = browsers.Fresh("fresh");
        var first = await browsers.Management.AddAccountAsync(account);
        await using var tab = await browsers.OpenAsync();
        await tab.SignInAsync(account, first);
        await tab.HeadingAsync("Change your password");
        await tab.Page.GotoAsync("/tenants");
        await tab.HeadingAsync("Change your password");
        await tab.ChangePasswordAsync(first, first);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await tab.ChangePasswordAsync(first, Browsers.Password);
        await tab.HeadingAsync("Dashboard");
        await tab.Page.GetByLabel("Your account").ClickAsync();
        await tab.SeesAsync($"Signed in as {account}");
    }

    [Fact]
    public async Task SignOut_WhenClicked_EndsTheSession()
    {
        await using var tab = await browsers.OpenAsync();
        await tab.SignInAsync("admin", Browsers.Password);
        await tab.HeadingAsync("Dashboard");
        await tab.Page.GetByLabel("Your account").ClickAsync();
        await tab.ClickAsync("Sign out");
        await tab.HeadingAsync("Sign in");
        await tab.Page.GotoAsync("/tenants");
        await tab.HeadingAsync("Sign in");
    }

    [Fact]
    public async Task SignIn_WhenTheAccountIsOfTheOtherSite_IsRefusedLikeAWrongPassword()
    {
        await using var portal = await browsers.OpenAsync();
        await portal.SignInAsync("carol", Browsers.Password);
        await portal.SeesAsync("The user name or the password is wrong.");
        await using var site = await browsers.OpenAsync(Site.Tenants);
        await site.SignInAsync("admin", Browsers.Password);
        await site.SeesAsync("The user name or the password is wrong.");
    }
}
