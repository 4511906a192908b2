using System.Text;

namespace Headgate.EndToEnd.Tests.Security;

/// <summary>Paths that try to leave the tenant's folder, written by hand through a real gateway: no client library has cleaned them.</summary>
[Collection(ProviderCollection.Name)]
public sealed class PathTests(Provider provider)
{
    public static TheoryData<string> Escapes =>
    [
        "/../beta/desk/config",
        "/desk/../../beta/desk/config",
        "/../../tenants/beta/desk/config",
        "/%2e%2e/beta/desk/config",
        "/%2E%2E/beta/desk/config",
        "/.%2e/beta/desk/config",
        "/%252e%252e/beta/desk/config",
        "/..%2fbeta%2fdesk/config",
        "/..%2Fbeta/desk/config",
        "/desk%2f..%2f..%2fbeta%2fdesk/config",
        "/..%5cbeta%5cdesk/config",
        "/..\\beta\\desk/config",
        "//beta/desk/config",
        "//../beta/desk/config",
        "/./../beta/desk/config",
        "/desk/..;/../beta/desk/config",
        "/..%00/beta/desk/config",
        "/%c0%ae%c0%ae/beta/desk/config",
        "/beta/desk/config",
        "/desk/data/../../../beta/desk/config",
        "/desk/keys/../../../beta/desk/config",
        "/desk/data/..%2f..%2f..%2fbeta%2fdesk%2fconfig",
        "http://elsewhere.test/../beta/desk/config",
        "https://{beta}/desk/config",
        "https://{beta}/../beta/desk/config",
        "https://{acme}/../beta/desk/config",
    ];

    [Theory]
    [MemberData(nameof(Escapes))]
    public async Task Get_WhenThePathLeavesTheFolder_NeverAnswersAnothersData(string target)
    {
        var mine = await provider.OpenRunAsync(provider.AcmeDesk);
        var theirs = await provider.OpenRunAsync(provider.BetaDesk);
        target = target.Replace("{acme}", mine.ServerName, StringComparison.Ordinal).Replace("{beta}", theirs.ServerName, StringComparison.Ordinal);
        var answer = await provider.GetAsync(mine.ServerName, provider.AcmeDesk.Identity(), target, mine.ServerName);
        Assert.DoesNotContain(provider.BetaSecret, answer.Text, StringComparison.Ordinal);
        Assert.True(
            answer.Status is 400 or 403 or 404 or 421 || (answer.Status == 200 && answer.Body == provider.AcmeSecret),
            $"{target} was answered: {answer}");
        await provider.FinishAsync(provider.AcmeDesk, mine);
        await provider.FinishAsync(provider.BetaDesk, theirs);
    }

    [Fact]
    public async Task Write_WhenThePathLeavesTheFolder_ChangesNothingOutsideIt()
    {
        var before = Outside();
        var mine = await provider.OpenRunAsync(provider.AcmeDesk, readsOnly: false);
        var object64 = new string('a', 64);
        foreach (var folder in new[] { "/../beta/new/", "/%2e%2e/beta/new/", "/..%2fbeta%2fnew/", "/..%5cbeta%5cnew/", "/desk/../../beta/new/", "//beta/new/", "/../../../new/", "/desk%2f..%2f..%2fnew/", "/a/b/c/", "/data/", "/.." })
        {
            var create = await AskAsync(mine.ServerName, "POST", folder + "?create=true");
            Assert.True(create.Status is 400 or 403 or 404 or 405, $"POST {folder}?create=true: {create}");
            await AskAsync(mine.ServerName, "POST", folder + "config", "x");
            await AskAsync(mine.ServerName, "POST", folder + "locks/" + object64, "x");
            await AskAsync(mine.ServerName, "DELETE", folder + "config");
            await AskAsync(mine.ServerName, "DELETE", folder);
        }

        foreach (var target in new[] { "/../beta/desk/config", "/%2e%2e/beta/desk/config", "/..%2fbeta%2fdesk/config", "/desk/keys/..%2f..%2f..%2fbeta%2fdesk%2fconfig", "/desk/locks/../../../beta/desk/config" })
        {
            await AskAsync(mine.ServerName, "DELETE", target);
            await AskAsync(mine.ServerName, "POST", target, "overwritten");
        }

        Assert.Equal(before, Outside());
        await provider.FinishAsync(provider.AcmeDesk, mine);
    }

    private Task<Answer> AskAsync(string serverName, string method, string target, string body = "") => TlsConnection.AskAsync(
        provider.GatewayAddress, World.PublicPort, serverName,
        Provider.Request(method, target, serverName, $"Content-Length: {body.Length}\r\n") + body, provider.AcmeDesk.Identity());

    /// <summary>Every folder and file of the repository's storage that is neither acme's nor the repository's own housekeeping: names, and what is in the files.</summary>
    private SortedDictionary<string, string> Outside()
    {
        var seen = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var storage = Path.GetDirectoryName(provider.TenantsFolder)!;
        var mine = Path.Combine(provider.TenantsFolder, "acme");
        foreach (var entry in Directory.EnumerateFileSystemEntries(storage, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(storage, entry);
            if (!entry.StartsWith(mine, StringComparison.Ordinal) && relative.Split(Path.DirectorySeparatorChar)[0] is not ("tmp" or "reports" or "damaged"))
            {
                var isData = entry.StartsWith(provider.TenantsFolder, StringComparison.Ordinal) && File.Exists(entry);
                seen[relative] = isData ? Encoding.Latin1.GetString(File.ReadAllBytes(entry)) : "";
            }
        }

        return seen;
    }
}
