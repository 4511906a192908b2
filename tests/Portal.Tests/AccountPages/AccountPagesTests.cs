namespace Headgate.Portal.Tests.AccountPages;

public sealed class AccountPagesTests
{
    [Fact]
    public async Task Create_WhenDone_ShowsThePasswordOnceAndItSignsIn()
    {
        await using var host = await PageHost.StartAsync();
        var page = await (await host.SignInAsync("anna")).OpenAsync("/accounts");
        await page.UntilAsync("anna (you)");
        await page.ClickAsync("New administrator");
        await page.SetAsync("User name", " Bob@Example.com ");
        await page.ClickAsync("Create the account");
        var shown = await page.UntilAsync("bob@example.com may sign in");
        var password = shown.All.Single(element => element.Name == "button" && element["aria-label"] == "Copy One-time password")["data-copy"]!;
        var answer = await host.Grains.GetGrain<IAccountGrain>("bob@example.com").SignInAsync(new SignInAttempt(password, AccountRole.Administrator, "192.0.2.7"), default);
        Assert.Equal((SignInOutcome.Accepted, true), (answer.Outcome, answer.Account!.MustChangePassword));
        await page.ClickAsync("I have copied it");
        await page.UntilGoneAsync("bob@example.com may sign in");
        Assert.DoesNotContain(password, await page.HtmlAsync());
    }

    [Fact]
    public async Task Create_WhenTheNameIsTakenOrCannotBe_SaysSoBesideTheField()
    {
        await using var host = await PageHost.StartAsync();
        var page = await (await host.SignInAsync("anna")).OpenAsync("/accounts");
        await page.ClickAsync("New administrator");
        await page.SetAsync("User name", "no blanks");
        await page.SetAsync("Display name", new string('x', 101));
        await page.ClickAsync("Create the account");
        await page.UntilAsync(shown => shown.Text.Contains("A user name has 1 to 64") && shown.Text.Contains("this one has 101"));
        await page.SetAsync("User name", "anna");
        await page.SetAsync("Display name", "");
        await page.ClickAsync("Create the account");
        await page.UntilAsync("There is an account 'anna' already");
    }

    [Fact]
    public async Task Rename_WhenSomebodyRenamedItMeanwhile_ShowsBothNames()
    {
        await using var host = await PageHost.StartAsync();
        var page = await (await host.SignInAsync("anna")).OpenAsync("/accounts/anna");
        await page.ClickAsync("Rename");
        await page.SetAsync("Display name", "Mine");
        await host.Grains.GetGrain<IAccountGrain>("anna").ChangeAsync(new ChangeAccount("Theirs", null, null), default);
        await page.ClickAsync("Store");
        Assert.Contains("Display name Mine Theirs", (await page.UntilAsync("Somebody changed this")).Text);
        await page.ClickAsync("Store mine");
        await page.UntilGoneAsync("Somebody changed this");
        Assert.Equal("Mine", (await host.Grains.GetGrain<IAccountGrain>("anna").GetAsync(default)).DisplayName);
    }
}
