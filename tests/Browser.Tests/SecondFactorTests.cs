using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Headgate.Protocol.Naming;

namespace Headgate.Browser.Tests;

[Collection(BrowserCollection.Name)]
public sealed class SecondFactorTests(Browsers browsers)
{
    [Fact]
    public async Task SignIn_WhenASecondFactorIsInForce_TakesACodeOnce()
    {
        var account = browsers.Fresh("factor");
        await browsers.AddAccountAsync(account, "acme");
        await using var tab = await browsers.OpenAsync(Site.Tenants);
        await tab.SignInAsync(account, Browsers.Password);
        await tab.HeadingAsync("Overview");
        await tab.Page.GetByLabel("Your account").ClickAsync();
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Second factor" }).ClickAsync();
        await tab.Page.GetByLabel("Your password", new() { Exact = true }).FillAsync(Browsers.Password);
        await tab.ClickAsync("Set it up");
        var key = await tab.Page.GetByLabel("Key", new() { Exact = true }).InnerTextAsync();
        await tab.Page.GetByLabel("2. The code that it shows").FillAsync("000000");
        await tab.ClickAsync("Put it in force");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Alert).First).ToBeVisibleAsync();
        await tab.Page.GetByLabel("2. The code that it shows").FillAsync(Code(key, DateTimeOffset.UtcNow));
        await tab.ClickAsync("Put it in force");
        await tab.HeadingAsync("Second factor");
        var recovery = await tab.Page.GetByRole(AriaRole.List, new() { Name = "Recovery codes" }).GetByRole(AriaRole.Listitem).First.InnerTextAsync();

        // The next code is taken as well, for clocks differ; each is taken once.
        var next = await SignInAsync(account, () => Code(key, DateTimeOffset.UtcNow.AddSeconds(30)), "Overview");
        await SignInAsync(account, () => next, "This code is wrong, or was used before.");
        await SignInAsync(account, () => recovery, "Overview");
        await SignInAsync(account, () => recovery, "This code is wrong, or was used before.");
    }

    // The code is made when it is typed: it is good for little more than a minute.
    private async Task<string> SignInAsync(string account, Func<string> make, string expected)
    {
        await using var tab = await browsers.OpenAsync(Site.Tenants);
        await tab.SignInAsync(account, Browsers.Password);
        var field = tab.Page.GetByLabel("Code of your authenticator, or a recovery code");
        if (expected == "Overview")
        {
            await Look.AtAsync(tab, "state-sign-in-code");
        }

        var code = make();
        await field.FillAsync(code);
        await tab.ClickAsync("Sign in");
        await tab.SeesAsync(expected);
        return code;
    }

    // RFC 6238: SHA-1, 30 s, six digits.
    private static string Code(string key, DateTimeOffset at)
    {
        var text = key.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        var bytes = new byte[text.Length * 5 / 8];
        Assert.True(Base32.TryDecode(text, bytes));
        Span<byte> step = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(step, at.ToUnixTimeSeconds() / 30);
#pragma warning disable CA5350 // The RFC's.
        var hash = HMACSHA1.HashData(bytes, step);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 15)) & int.MaxValue;
        return (number % 1_000_000).ToString("000000", CultureInfo.InvariantCulture);
    }
}
