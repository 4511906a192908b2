using System.Text;
using System.Xml.Linq;
using Headgate.Silo.Certificates;
using Headgate.Silo.Tests.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Headgate.Silo.Tests.Certificates;

public sealed class DataProtectionTests
{
    private const string Secret = "an operator secret for tests";

    [Fact]
    public async Task Keys_AfterARestart_OpenWhatWasProtected()
    {
        await using var database = await Database.OpenAsync();
        string text;
        Guid key;
        using (var before = await HostAsync(database, "site"))
        {
            text = Protector(before).Protect("who is signed in");
            key = Assert.Single(Ring(before).GetAllKeys()).KeyId;
        }
        await using var again = await database.BesideAsync();
        using var after = await HostAsync(again, "site");

        Assert.Equal("who is signed in", Protector(after).Unprotect(text));
        Assert.Equal(key, Assert.Single(Ring(after).GetAllKeys()).KeyId);
    }

    [Fact]
    public async Task Keys_OfAnotherHostOfTheSite_AreShared_AndAnotherSitesOpenNothing()
    {
        await using var database = await Database.OpenAsync();
        await using var beside = await database.BesideAsync();
        using var one = await HostAsync(database, "site");
        var text = Protector(one).Protect("who is signed in");
        using var two = await HostAsync(beside, "site");
        using var portal = await HostAsync(database, "portal");

        Assert.Equal("who is signed in", Protector(two).Unprotect(text));
        Assert.Throws<System.Security.Cryptography.CryptographicException>(() => Protector(portal).Unprotect(text));
    }

    [Fact]
    public async Task Keys_MadeLaterByAnotherHost_AreFound()
    {
        await using var database = await Database.OpenAsync();
        using var one = await HostAsync(database, "site");
        using var two = await HostAsync(database, "site");
        Ring(one).CreateNewKey(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(90));
        Ring(one).RevokeAllKeys(DateTimeOffset.UtcNow.AddSeconds(1), "tests");

        var keys = Ring(two).GetAllKeys();

        Assert.Equal(2, keys.Count);
        Assert.All(keys, key => Assert.True(key.IsRevoked));
    }

    [Fact]
    public async Task Keys_InTheDatabase_AreSealed()
    {
        await using var database = await Database.OpenAsync();
        using var host = await HostAsync(database, "site");
        Protector(host).Protect("who is signed in");

        await using var db = database.Read();
        var row = Assert.Single(await db.Secrets.ToListAsync());
        Assert.StartsWith(DataProtectionKeys.Prefix, row.Name, StringComparison.Ordinal);
        var plain = Encoding.UTF8.GetString(Box(Secret).Open(row.Name, row.Ciphertext));
        var master = XElement.Parse(plain).Descendants("masterKey").Elements("value").Single().Value;

        // Another test that clears the process's pools does not take files away under an open connection.
        await db.Database.OpenConnectionAsync();
        foreach (var file in Directory.EnumerateFiles(database.Folder))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            var bytes = copy.ToArray();
            Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(master)));
            Assert.Equal(-1, bytes.AsSpan().IndexOf(Convert.FromBase64String(master)));
            Assert.Equal(-1, bytes.AsSpan().IndexOf("masterKey"u8));
        }
    }

    [Fact]
    public async Task Keys_UnderAnotherOperatorSecret_AreRefusedInWords()
    {
        await using var database = await Database.OpenAsync();
        using var host = await HostAsync(database, "site");
        Protector(host).Protect("who is signed in");

        var refused = Assert.Throws<AuthorityException>(() => Keys(database, "quite another operator secret").GetAllElements());

        Assert.Contains("does not open", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<IHost> HostAsync(Database database, string site)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddDataProtection().SetApplicationName(site);
        builder.Services.Configure<KeyManagementOptions>(management => management.XmlRepository = Keys(database, Secret));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static DataProtectionKeys Keys(Database database, string secret) => new(
        ActivatorUtilities.CreateInstance<DatabaseSecretStore>(database.Services), Box(secret));

    private static SecretBox Box(string secret) => new(OperatorSecret.Load("", secret));

    private static IDataProtector Protector(IHost host) => host.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("tests");

    private static IKeyManager Ring(IHost host) => host.Services.GetRequiredService<IKeyManager>();
}
