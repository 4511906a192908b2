using System.Security.Cryptography;
using System.Text;

namespace Headgate.EndToEnd.Tests.Secrets;

/// <summary>
/// No secret is written where it does not belong: a whole run, its failures included, and then everything that it wrote is searched for every secret it used, in
/// every form. Takes about a minute: it is the whole of what people do with secrets.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class SecretTests
{
    internal static readonly string OperatorSecretText = "operator-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));

    private const string Key = "key (gtw1|gtw2|repo1|connector)";

    /// <summary>Where secrets may be, with the reason. Files must be their owner's alone.</summary>
    private static readonly Allowed[] s_allowed =
    [
        new(@"gtw\d/(.*/)?key\.pem|repo1/(.*/)?key\.pem|machine-acme-desk/headgate/key\.pem", Key, "A program's own key, which never leaves it."),
        new(@"gtw1/(.*/)?routes\.json", "PROXY key gtw1 to .*", "What a gateway needs to lead tenants on while the silo is away: its own keys to its targets."),
        new(@"said: stream of gtw1", "PROXY key gtw1 to .*", "The gateway's own keys, on its own mutually authenticated stream."),
        new(@"said: stream of repo1", "PROXY key gtw1 to repo1", "The repository checks its gateways' headers with them."),
        new(@"environment: (headgate-server) HEADGATE_OPERATOR_SECRET", "operator secret", "The provider chose to keep it there and not in a file."),
        new(@"environment: (headgate-server) HEADGATE_BACKUP_PASSPHRASE", "backup passphrase.*", "Given by the administrator to this one command."),
        new(@"environment: (headgate|restic|sh|nsenter|unshare) RESTIC_PASSWORD", "restic password.*", "The tenant's own, for the tool; the connector hands its environment on."),
        new(@"environment: (restic|sh) RESTIC_REPOSITORY", "loopback secret .*", "How the connector tells the tool where to go: only the same user can read it, and it is worthless when the run ends."),
        new(@"environment: (restic|nsenter) RESTIC_REPOSITORY", "access key.*", "A stock client's address is its key; the user gave it."),
    ];

    [Fact]
    public async Task Run_WithEverySecretThereIs_WritesNoneWhereItDoesNotBelong()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It reads /proc.");
        var book = new SecretBook();
        book.Add("operator secret", OperatorSecretText);
        await using var watch = new ProcessWatch();
        await using var world = await World.StartServerAsync(
            new Dictionary<string, string?> { [SecretRun.OperatorVariable] = OperatorSecretText }, "--log-level", "Trace");
        var run = new SecretRun(world, book);
        await run.EnrolProgramsAsync();
        var tenant = await world.AddTenantAsync("acme");
        var machine = await run.UseConnectorAsync(tenant);
        await run.UseAccessKeyAsync(tenant);
        await run.UsePortalAsync();
        await run.AskWronglyAsync();
        await run.ReadStreamsAndKeysAsync();
        await run.BackUpAndRestoreAsync();
        AddLoopbackSecrets(book, watch);

        // The database as it is while it is used, and what its write-ahead log still holds.
        foreach (var file in Directory.EnumerateFiles(world.PathOf("server"), "headgate.db*"))
        {
            Directory.CreateDirectory(world.PathOf("database"));
            File.Copy(file, world.PathOf("database", Path.GetFileName(file)));
        }

        await run.LoseTheDatabaseAsync(machine);
        await world["gtw1"].KillAsync();
        await world["gtw2"].KillAsync();
        await world["repo1"].StopAsync();

        var search = new Search(book).Folder(world.Folder, path => IsUsersOwn(path, machine)).Watch(watch);
        foreach (var (place, text) in run.Said.Concat(world.Printed.GroupBy(line => line.Name).Select(lines => ("printed by " + lines.Key, string.Join('\n', lines.Select(line => line.Line))))))
        {
            search.Text(place, text);
        }

        var forbidden = search.Findings.Where(found => !s_allowed.Any(allowed => allowed.Covers(found))).Distinct().ToList();
        Assert.True(forbidden.Count == 0, $"{search.Places} places, {book.Names.Count} secrets; where they must not be:\n" + string.Join('\n', forbidden));
        Assert.True(book.Names.Count > 40, string.Join(", ", book.Names));

        // The search sees what is there: every allowed place was found to hold its secret, but for what this machine cannot do.
        var missing = s_allowed.Where(allowed => !search.Findings.Any(allowed.Covers)).Where(allowed => Namespace.Missing is null || !allowed.Secret.StartsWith("access", StringComparison.Ordinal)).ToList();
        Assert.True(missing.Count == 0, "Allowed, and not there:\n" + string.Join('\n', missing));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("base64 in the middle")]
    [InlineData("hex")]
    [InlineData("base32")]
    [InlineData("url")]
    [InlineData("utf-16")]
    public void Search_WhereASecretWasPlanted_FindsIt(string form)
    {
        const string Secret = "a secret that+is/planted 123";
        var book = new SecretBook();
        book.Add("planted", Secret);
        var bytes = Encoding.UTF8.GetBytes(Secret);
        var written = form switch
        {
            "plain" => bytes,
            "base64 in the middle" => Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes("{\"x\":\"" + Secret + "\"}"))),
            "hex" => Encoding.ASCII.GetBytes(Convert.ToHexString(bytes)),
            "base32" => Encoding.ASCII.GetBytes(Protocol.Naming.Base32.Encode(bytes)),
            "url" => Encoding.ASCII.GetBytes(Uri.EscapeDataString(Secret)),
            _ => Encoding.Unicode.GetBytes(Secret),
        };
        Assert.Equal(["planted"], book.In([.. "before "u8, .. written, .. " after"u8]));
        Assert.Empty(book.In("before and after, and nothing between"));
    }

    [Fact]
    public async Task Search_InEachKindOfPlace_FindsWhatWasPlantedThere()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It reads /proc.");
        using var folder = new Testing.TemporaryFolder();
        var book = new SecretBook();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        book.AddKey("key", key);
        foreach (var name in (string[])["log", "database", "argument", "variable", "name"])
        {
            book.Add(name, "planted-as-" + name);
        }

        await File.WriteAllTextAsync(Path.Combine(folder.Path, "a.log"), "info: signed in with planted-as-log\n");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        await File.WriteAllBytesAsync(Path.Combine(folder.Path, "raw"), key.ExportParameters(true).D!);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "planted-as-name"), "");
        await using (var database = new SqliteConnectionHolder(Path.Combine(folder.Path, "x.db")))
        {
            await database.RunAsync("PRAGMA journal_mode=WAL; CREATE TABLE t (c TEXT); INSERT INTO t VALUES ('planted-as-database'); DELETE FROM t;");
            await using var watch = new ProcessWatch();
            await using var planted = Running.Start("sh", ["-c", "sleep 60; true planted-as-argument"], new Dictionary<string, string?> { ["X"] = "planted-as-variable" });
            await Tool.UntilAsync(() => watch.Environments.ContainsKey(("sh", "X=planted-as-variable")), "the watch to look at the program");
            var found = new Search(book).Folder(folder.Path).Watch(watch).Findings;
            foreach (var (secret, place) in new[]
            {
                ("log", "a.log"), ("key", "key.pem"), ("key", "raw"), ("name", "file name"), ("argument", "arguments: sh"), ("variable", "environment: sh X"), ("database", "x.db-wal"),
            })
            {
                Assert.Contains(found, one => one.Secret == secret && one.Place == place);
            }
        }
    }

    [Fact]
    public void Allowed_ForAFileThatOthersMayRead_DoesNotCover()
    {
        var allowed = new Allowed("a/key\\.pem", "key", "");
        Assert.True(allowed.Covers(new Found("a/key.pem", "key", UnixFileMode.UserRead | UnixFileMode.UserWrite)));
        Assert.False(allowed.Covers(new Found("a/key.pem", "key", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead)));
        Assert.False(allowed.Covers(new Found("b/a/key.pem", "key", UnixFileMode.UserRead)));
        Assert.False(allowed.Covers(new Found("a/key.pem", "another key", UnixFileMode.UserRead)));
    }

    // What the tenant restored is the tenant's: it is no secret of ours, and random.
    private static bool IsUsersOwn(string path, Machine machine) =>
        path.StartsWith(Path.Combine(machine.Folder, "source"), StringComparison.Ordinal) || path.StartsWith(Path.Combine(machine.Folder, "restored"), StringComparison.Ordinal);

    private static void AddLoopbackSecrets(SecretBook book, ProcessWatch watch)
    {
        var secrets = watch.Environments.Keys
            .Where(seen => seen.Variable.StartsWith("RESTIC_REPOSITORY=rest:http://", StringComparison.Ordinal))
            .Select(seen => new Uri(seen.Variable["RESTIC_REPOSITORY=rest:".Length..]).UserInfo.Split(':')[^1])
            .Distinct(StringComparer.Ordinal)
            .ToList();
        Assert.NotEmpty(secrets);
        for (var i = 0; i < secrets.Count; i++)
        {
            book.Add($"loopback secret {i}", secrets[i]);
        }
    }
}
