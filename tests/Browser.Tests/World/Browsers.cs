using System.Collections.Concurrent;

namespace Headgate.Browser.Tests;

/// <summary>
/// One provider with two gateways and a repository, as real processes, and one Chromium that looks at it, for all tests. Its tenant <c>acme</c> has backed up
/// with a connector; enough other tenants fill more than a page. Tests make what they change.
/// </summary>
public sealed class Browsers : IAsyncLifetime
{
    public const string Password = "a long enough password";

    private static readonly string[] s_flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private readonly ConcurrentDictionary<(Site Site, string Account), string> _cookies = new();
    private string? _missing;
    private World? _world;
    private Management? _management;
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private int _next;

    internal World World => Present(_world);

    internal Management Management => Present(_management);

    /// <summary>acme's machine with a backup.</summary>
    internal Machine AcmeDesk { get; private set; } = null!;

    /// <summary>Where screenshots go: <c>artifacts/screenshots</c> at the root of the sources.</summary>
    internal static string Screenshots { get; } = Directory.CreateDirectory(Path.Combine(Programs.Root, "artifacts", "screenshots")).FullName;

    /// <summary>A name that no other test uses.</summary>
    internal string Fresh(string prefix) => prefix + Interlocked.Increment(ref _next).ToString(System.Globalization.CultureInfo.InvariantCulture);

    internal static string AddressOf(Site site) => site == Site.Portal ? $"https://portal.{World.Zone}:6184" : $"https://my.{World.Zone}:{World.PublicPort}";

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(30_000);
        Environment.SetEnvironmentVariable("HEADGATE_ADMIN_PASSWORD", Password);
        if (FindChromium() is not { } chromium)
        {
            _missing = "There is no Chromium here. Install it (Debian: chromium).";
            return;
        }

        _world = await World.StartAsync();
        _management = new Management(World.PathOf("server", "admin.sock"));
        _playwright = await Playwright.CreateAsync();
        _browser = await LaunchAsync(chromium, World);
        await FillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        _management?.Dispose();
        if (_world is not null)
        {
            await _world.DisposeAsync();
        }
    }

    /// <summary>A browser for a provider of the test's own.</summary>
    /// <param name="world">The provider.</param>
    /// <param name="portal">Where its portal is reached; null for where it listens.</param>
    internal async Task<IBrowser> LaunchAsync(World world, string? portal = null)
    {
        return await LaunchAsync(FindChromium()!, Present(world), portal);
    }

    /// <summary>A browser of nobody's: nothing of it is left when the test ends. Whatever goes wrong in its pages fails the test.</summary>
    internal async Task<Tab> OpenAsync(Site site = Site.Portal, IBrowser? browser = null, string? cookies = null)
    {
        Assert.SkipWhen(_missing is not null, _missing ?? "");
        var options = new BrowserNewContextOptions
        {
            BaseURL = AddressOf(site),
            IgnoreHTTPSErrors = true,
            ViewportSize = new ViewportSize { Width = 1280, Height = 800 },
            Permissions = ["clipboard-read", "clipboard-write"],
            StorageState = cookies,
        };
        var context = await (browser ?? _browser!).NewContextAsync(options);
        return await Tab.OpenAsync(context);
    }

    /// <summary>A browser where an administrator is signed in.</summary>
    internal Task<Tab> SignedInAsync(IBrowser? browser = null) => SignedInAsync(Site.Portal, "admin", Password, browser);

    /// <summary>A browser where an account is signed in; it signs in by the page once, and keeps the cookie for later ones.</summary>
    internal async Task<Tab> SignedInAsync(Site site, string account, string password, IBrowser? browser = null)
    {
        Assert.SkipWhen(_missing is not null, _missing ?? "");
        if (!_cookies.TryGetValue((site, account), out var cookies))
        {
            await using var first = await OpenAsync(site);
            await first.SignInAsync(account, password);
            await Assertions.Expect(first.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();
            cookies = await first.Page.Context.StorageStateAsync();
            _cookies[(site, account)] = cookies;
        }

        return await OpenAsync(site, browser, cookies);
    }

    /// <summary>Makes an account whose password is <see cref="Password"/>.</summary>
    internal async Task AddAccountAsync(string account, string? tenant = null)
    {
        var first = await Management.AddAccountAsync(account, tenant);
        await using var tab = await OpenAsync(tenant is null ? Site.Portal : Site.Tenants);
        await tab.SignInAsync(account, first);
        await tab.ChangePasswordAsync(first, Password);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();
    }

    // Without Chromium there is nothing here, and whoever asks for it is skipped.
    private T Present<T>(T? part)
        where T : class
    {
        Assert.SkipWhen(_missing is not null, _missing ?? "");
        return part!;
    }

    private static string? FindChromium() =>
        new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    private async Task<IBrowser> LaunchAsync(string chromium, World world, string? portal = null)
    {
        var gateway = world.GatewayNames.FirstOrDefault();
        var my = gateway is null ? "" : $",MAP my.{World.Zone} {world.AddressOf(gateway)}";
        return await _playwright!.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            Args = [.. s_flags, $"--host-resolver-rules=MAP portal.{World.Zone} {portal ?? world.AddressOf("server")}{my},MAP * ~NOTFOUND"],
        });
    }

    private async Task FillAsync()
    {
        await Management.AddTenantAsync("acme", "Acme GmbH", 2L << 30);
        await Management.AddTenantAsync("beta", "株式会社ベータ・バックアップ — مثال", 1L << 30);
        await Management.AddTenantAsync("full", "Nearly full Ltd.", 1L << 20);
        for (var i = 1; i <= 27; i++)
        {
            await Management.AddTenantAsync($"t{i:00}", $"Tenant number {i}", (long)i << 30);
        }

        AcmeDesk = await new Tenant(World, "acme").EnrolAsync("desk");
        await AcmeDesk.InitAsync();
        (await AcmeDesk.RunAsync("nightly", ["backup", await AcmeDesk.FilesAsync("source", files: 4, bytesEach: 300_000)])).Succeeded();
        var failed = await AcmeDesk.RunAsync("broken", ["backup", "/no/such/folder"], ["--retries", "0"]);
        Assert.NotEqual(0, failed.ExitCode);
        await Management.SendAsync(HttpMethod.Post, "tenants/acme/access-keys", new { repository = "repo1", name = "NAS in the cellar", level = "Full" });
        await AddAccountAsync("carol", "acme");
    }
}
