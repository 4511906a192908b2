namespace Headgate.Portal.Tests;

/// <summary>
/// Somebody types faster than the server answers. An answer to the first letters must not write them over those that came after: the renderer keeps from it where it knows
/// that the field's value follows the event, which a plain <c>value</c> beside an <c>oninput</c> does not tell it.
/// </summary>
public sealed class TypingTests
{
    [Theory]
    [InlineData("/tenants")]
    [InlineData("/tenants/new")]
    [InlineData("/gateways/new")]
    [InlineData("/repositories/new")]
    [InlineData("/accounts")]
    public async Task Fields_ThatAnswerEachLetter_FollowWhatIsTyped(string path)
    {
        await using var host = await PageHost.StartAsync();
        var page = await (await host.SignInAsync()).OpenAsync(path);
        if (path == "/accounts")
        {
            await page.ClickAsync("New administrator");
        }

        var shown = await page.UntilAsync(now => now.All.Any(element => element.Handlers.ContainsKey("oninput")));
        Assert.All(shown.All.Where(element => element.Handlers.ContainsKey("oninput")), field => Assert.Equal("value", field.Follows.GetValueOrDefault("oninput")));
    }
}
