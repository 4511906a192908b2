using System.Text;
using Headgate.Protocol.Naming;

namespace Headgate.EndToEnd.Tests.Attackers;

/// <summary>
/// Somebody has the database file; or the database and the operator secret. What a backup file shows without its passphrase (nothing) is in <c>BackupTests</c>.
/// </summary>
[Collection(ProviderCollection.Name)]
public sealed class DatabaseFileTests(Provider provider)
{
    /// <summary>SQLite's: it holds two numbers that change whenever the log begins anew.</summary>
    private const int LogHeaderBytes = 32;

    private static readonly string[] s_files = ["headgate.db", "headgate.db-wal"];

    [Fact]
    public async Task Database_ShowsWhoAndWhere_AndNothingThatOpensAnything()
    {
        var sites = await provider.SitesAsync();
        var key = await provider.Acme.AccessKeyAsync();
        var code = await provider.World.CodeAsync("code", "connector", "acme");
        var prepared = await sites.Acme.SubmitAsync(await sites.Acme.GetAsync("/account/second-factor"), "/account/second-factor", ("Prepare.Password", SitesFixture.Password));
        var authenticator = System.Text.RegularExpressions.Regex.Match(prepared.Html, "secret=([A-Z2-7]{32})|aria-label=\"Key\">([A-Z2-7 ]+)<").Value;
        Assert.NotEmpty(authenticator);
        var ticket = await provider.OpenRunAsync(provider.BetaDesk);
        var folder = await StolenAsync();
        var bytes = string.Concat(s_files.Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(Path.Combine(folder, file)))));

        // He can: read tenants, machines, gateways, repositories, what ran when and what was stored, and the names of open routes, which open nothing without a certificate.
        foreach (var known in new[] { "beta", "desk", "gtw1", "repo1", ticket.ServerName, sites.AcmeUser })
        {
            Assert.Contains(known, bytes, StringComparison.Ordinal);
        }

        // He cannot: use a key, a code, a password or a session, sign a certificate, or make a route's name.
        Assert.True(EnrolmentCodeOf(code, out var secret));
        var root = await File.ReadAllTextAsync(provider.World.PathOf("server", "operator.secret"));
        foreach (var hidden in new[]
        {
            key.GetProperty("secret").GetString()!, secret, SitesFixture.Password, sites.Acme.SessionCookie[..40], root.Trim(), "PRIVATE KEY", "<key id=",
            authenticator.Replace("secret=", "", StringComparison.Ordinal),
        })
        {
            Assert.DoesNotContain(hidden, bytes, StringComparison.OrdinalIgnoreCase);
        }

        await provider.FinishAsync(provider.BetaDesk, ticket);
    }

    [Fact]
    public async Task Database_WithoutTheOperatorSecret_StartsNoServer()
    {
        var folder = await StolenAsync();
        var started = await Tool.RunAsync(Programs.Server, Run(folder), deadline: TimeSpan.FromMinutes(2));
        Assert.NotEqual(0, started.ExitCode);
        Assert.Contains("operator secret", started.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Database_WithTheOperatorSecret_IsTheProvider()
    {
        // He can do everything: a server of his own is the same authority, and signs what he likes. The two must lie together nowhere but on the server.
        var folder = await StolenAsync();
        File.Copy(provider.World.PathOf("server", "operator.secret"), Path.Combine(folder, "operator.secret"));
        await using (var server = new Daemon("thief", Programs.Server, Run(folder)))
        {
            await server.StartAsync();
            Assert.Equal(await File.ReadAllTextAsync(provider.AuthorityFile), (await Tool.RunAsync(Programs.Server, ["authority", "--data", folder])).Succeeded().Output);
        }

        // With the root's file he makes whom he likes without a server.
        using var root = new StolenRoot(provider.World);
        using var forged = root.Make(new CertificateIdentity(CertificateRole.Connector, "beta/desk"), DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Assert.Equal(new CertificateIdentity(CertificateRole.Connector, "beta/desk"), forged.Identity);
    }

    private static bool EnrolmentCodeOf(string text, out string secret)
    {
        var parsed = Protocol.Enrolment.EnrolmentCode.TryParse(text, out var code);
        secret = code?.Secret ?? "";
        return parsed;
    }

    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        file.CopyTo(copy);
        return copy.ToArray();
    }

    /// <summary>The two as they were at one moment: taken again when the database took over in between what its log held.</summary>
    private async Task<string> StolenAsync()
    {
        var folder = Directory.CreateDirectory(provider.World.PathOf(provider.Fresh("loot"))).FullName;
        await Tool.UntilAsync(
            () =>
            {
                var before = State();
                foreach (var file in s_files)
                {
                    File.WriteAllBytes(Path.Combine(folder, file), Read(provider.World.PathOf("server", file)));
                }

                return State() == before;
            },
            "the database to be left alone for a moment");
        return folder;
    }

    private (DateTime Written, string LogHeader) State()
    {
        var (database, log) = (provider.World.PathOf("server", s_files[0]), provider.World.PathOf("server", s_files[1]));
        return (File.GetLastWriteTimeUtc(database), Convert.ToHexString([.. Read(log).Take(LogHeaderBytes)]));
    }

    private static string[] Run(string folder) =>
        ["run", "--data", folder, "--zone", World.Zone, "--edge-listen", "127.0.0.1:0", "--tenant-listen", "127.0.0.1:0", "--portal-listen", "127.0.0.1:0", "--site-listen", "127.0.0.1:0"];
}
