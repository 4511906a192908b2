using System.Collections.Concurrent;

namespace Headgate.Browser.Tests;

/// <summary>A browser of one person's. At its end it fails the test for every error in the console, script error, violated content policy and alert that was not announced.</summary>
internal sealed class Tab : IAsyncDisposable
{
    private static readonly SignInTurns s_turns = new();
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly List<string> _expected = [];

    private Tab(IBrowserContext context) => _context = context;

    public IPage Page { get; private set; } = null!;

    public static async Task<Tab> OpenAsync(IBrowserContext context)
    {
        var tab = new Tab(context);
        await context.AddInitScriptAsync(
            """
            document.addEventListener("securitypolicyviolation", event => console.error("violated policy: " + event.violatedDirective + " " + event.blockedURI));
            window.alert = text => console.error("alert: " + text);
            """);
        context.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                tab._problems.Enqueue(message.Text + " " + message.Location);
            }
        };
        context.WebError += (_, error) => tab._problems.Enqueue(error.Error);
        tab.Page = await context.NewPageAsync();
        tab.Page.SetDefaultTimeout(30_000);
        return tab;
    }

    /// <summary>Console errors with this in them are what the test is about.</summary>
    public void Expect(string problem) => _expected.Add(problem);

    /// <summary>Opens a page of the site and waits until its circuit stands.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        await Assertions.Expect(Page.Locator("h1").First).ToBeVisibleAsync();
        await Assertions.Expect(Page.Locator(".skeleton")).ToHaveCountAsync(0);
    }

    /// <summary>The page's heading.</summary>
    public Task HeadingAsync(string name) => Assertions.Expect(Page.GetByRole(AriaRole.Heading, new() { Name = name, Level = 1 })).ToBeVisibleAsync();

    /// <summary>Types name and password into the sign-in page, which is opened unless it is open.</summary>
    public async Task SignInAsync(string account, string password)
    {
        if (!Page.Url.Contains("/sign-in", StringComparison.Ordinal))
        {
            await Page.GotoAsync("/sign-in");
        }

        await s_turns.WaitAsync(new Uri(Page.Url).Host);
        await Page.GetByLabel("User name").FillAsync(account);
        await Page.GetByLabel("Password").FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    /// <summary>Fills the page that changes a password.</summary>
    public async Task ChangePasswordAsync(string current, string replacement)
    {
        await HeadingAsync("Change your password");
        await Page.GetByLabel("Current password").FillAsync(current);
        await Page.GetByLabel("New password, at least 12 characters").FillAsync(replacement);
        await Page.GetByLabel("New password again").FillAsync(replacement);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Change the password" }).ClickAsync();
    }

    /// <summary>Presses the button of that name.</summary>
    public Task ClickAsync(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).ClickAsync();

    /// <summary>Sees the text somewhere.</summary>
    public Task SeesAsync(string text) => Assertions.Expect(Page.GetByText(text).First).ToBeVisibleAsync();

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        var problems = _problems.Where(problem => !_expected.Any(expected => problem.Contains(expected, StringComparison.Ordinal))).ToArray();
        Assert.True(problems.Length == 0, "The browser complains:\n" + string.Join('\n', problems));
    }
}
