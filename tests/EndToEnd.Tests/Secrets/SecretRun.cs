using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Microsoft.Data.Sqlite;

namespace Headgate.EndToEnd.Tests.Secrets;

/// <summary>
/// What a provider and a tenant do with secrets, from the first start to a restored backup, the wrong ways included; everything that was printed or
/// answered along the way is kept, and every secret is recorded.
/// </summary>
internal sealed class SecretRun(World world, SecretBook book)
{
    public const string OperatorVariable = "HEADGATE_OPERATOR_SECRET";
    private const string RepositoryPassword = "restic password of the tenant 7Q";
    private const string Passphrase = "passphrase of the backup file 9K";
    private const string ChosenPassword = "the administrator chose this 4X";
    private const string MistypedPassword = "mistyped by the administrator 5Z";

    private readonly List<(string Place, string Text)> _said = [];
    private string _administrator = "";

    /// <summary>What was printed by commands, and what servers answered.</summary>
    public IReadOnlyList<(string Place, string Text)> Said => _said;

    public async Task EnrolProgramsAsync()
    {
        await EnrolAsync("repo1", Programs.Repository, 6183, await CodeAsync("code repo1", "repository", "add", "repo1", "--address", world.AddressOf("repo1") + ":6183"));
        await EnrolAsync("gtw1", Programs.Gateway, World.PublicPort, await CodeAsync("code gtw1", "gateway", "add", "gtw1", "--address", $"{world.AddressOf("gtw1")}:{World.PublicPort}"));
        var fleet = await CodeAsync("code fleet", "fleet", "add", "summer");
        await EnrolAsync("gtw2", Programs.Gateway, World.PublicPort, fleet, "--id", "gtw2", "--address", $"{world.AddressOf("gtw2")}:{World.PublicPort}");
    }

    public async Task<Machine> UseConnectorAsync(Tenant tenant)
    {
        var machine = new Machine(world, tenant.Id, "desk") { Password = RepositoryPassword };
        book.Add("restic password", RepositoryPassword);
        var code = await CodeAsync("code connector", "code", "connector", tenant.Id);

        // A code that is almost right, then the right one, then the right one once more.
        await TryConnectorAsync(machine, "wrong", code.Replace(":" + SecretOf(code) + "@", ":" + Wrong("code connector, wrong") + "@", StringComparison.Ordinal));
        (await TryConnectorAsync(machine, "right", code)).Succeeded();
        await TryConnectorAsync(new Machine(world, tenant.Id, "thief"), "again", code);
        book.AddKeyFile("key connector", Directory.EnumerateFiles(machine.Folder, "key.pem", SearchOption.AllDirectories).Single());

        Keep("connector init", await machine.HeadgateAsync("init", "--repository", "repo1")).Succeeded();
        var source = await machine.FilesAsync("source", files: 3, bytesEach: 200_000);
        Keep("connector run", await machine.RunAsync("nightly", ["backup", "--verbose", source])).Succeeded();
        Keep("connector wrong password", await machine.With("not the restic password 3W").RunAsync("nightly", ["snapshots"]));
        book.Add("restic password, wrong", "not the restic password 3W");

        // A gateway that is killed in the middle of a run, and a tool that fails loudly.
        await world["gtw2"].KillAsync();
        Keep("connector over one gateway", await machine.RunAsync("nightly", ["backup", "--verbose", source])).Succeeded();
        await world["gtw2"].StartAsync();
        Keep("connector, failing tool", await machine.HeadgateAsync("run", "--job", "loud", "--repository", "repo1", "--retries", "0", "--", "sh", "-c", "exit 9"));
        Keep("connector status", await machine.HeadgateAsync("status")).Succeeded();
        Keep("restore", await machine.RunAsync("nightly", ["restore", "latest", "--target", Path.Combine(machine.Folder, "restored")])).Succeeded();
        return machine;
    }

    public async Task UseAccessKeyAsync(Tenant tenant)
    {
        var key = await tenant.AccessKeyAsync("repo1");
        var (id, secret, name) = (Text(key, "key"), Text(key, "secret"), Text(key, "accessName"));
        book.Add("access key", secret);
        book.Add("access key as Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{id}:{secret}")));
        foreach (var (what, password) in new[] { ("right", secret), ("wrong", Wrong("access key, wrong")) })
        {
            var basic = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{id}:{password}"));
            foreach (var request in new[] { $"GET /desk/config HTTP/1.1\r\nHost: {name}\r\nAuthorization: Basic {basic}\r\n", $"GET /{password}/config?key={password} HTTP/1.1\r\nHost: {name}\r\nAuthorization: Bearer {password}\r\n", $"BAD {password}\r\nAuthorization: Basic {basic}\r\n" })
            {
                var answer = await TlsConnection.AskAsync(world.AddressOf("gtw1"), World.PublicPort, name, request + "Connection: close\r\n\r\n");
                Keep($"access with the {what} key", answer.ToString());
            }
        }

        if (Namespace.Missing is null)
        {
            await using var names = await Namespace.WithHostsAsync([(name, world.AddressOf("gtw1"))]);
            var machine = new Machine(world, tenant.Id, "stock") { Password = RepositoryPassword };
            var authority = await world.AuthorityFileAsync();
            var environment = new Dictionary<string, string?>(machine.Environment) { ["RESTIC_REPOSITORY"] = Text(key, "url") + "stock/" };
            foreach (var arguments in (string[][])[["init"], ["backup", await machine.FilesAsync("source", 2, 100_000)], ["restore", "latest", "--target", Path.Combine(machine.Folder, "restored")], ["snapshots"]])
            {
                Keep("agentless " + arguments[0], await Tool.RunAsync("restic", ["--cacert", authority, .. arguments], environment, inside: names)).Succeeded();
            }
        }

        Keep("access-key revoke", await world.AdminAsync("access-key", "revoke", tenant.Id, id));
    }

    public async Task UsePortalAsync()
    {
        _administrator = "root1";
        var first = (await world.AdminJsonAsync("account", "add", _administrator)).GetProperty("password").GetString()!;
        book.Add("first password", first);
        book.Add("chosen password", ChosenPassword);
        book.Add("mistyped password", MistypedPassword);
        using var portal = SiteClient.Portal(world);
        Keep("portal, wrong password", (await portal.SignInAsync(_administrator, MistypedPassword)).Html);
        Keep("portal, unknown name", (await portal.SignInAsync(MistypedPassword.Replace(' ', '-'), ChosenPassword)).Html);
        await portal.SignInFirstAsync(_administrator, first, ChosenPassword);
        book.Add("session 1", portal.SessionCookie);

        var form = await portal.GetAsync("/account/second-factor");
        Keep("second factor, wrong password", (await portal.SubmitAsync(form, "/account/second-factor", ("Prepare.Password", MistypedPassword))).Html);
        var setup = await portal.SubmitAsync(form, "/account/second-factor", ("Prepare.Password", ChosenPassword));
        var shown = Regex.Match(setup.Html, "<code aria-label=\"Key\">([^<]+)</code>").Groups[1].Value.Replace(" ", "", StringComparison.Ordinal);
        book.Add("TOTP secret", shown);
        var totp = Base32Bytes(shown);
        book.Add("TOTP secret as bytes", totp);
        var fields = Regex.Match(setup.Html, "name=\"Enable.Sealed\" value=\"([^\"]*)\"").Groups[1].Value;
        var enabled = await portal.SubmitAsync(
            FormOf(setup, "enable"), "/account/second-factor", ("Enable.Sealed", WebUtility.HtmlDecode(fields)), ("Enable.Code", OneTimeCode.Now(totp)));
        var codes = Regex.Matches(enabled.Html[Math.Max(0, enabled.Html.IndexOf("aria-label=\"Recovery codes\"", StringComparison.Ordinal))..], "<li>([^<]{8,})</li>").Select(match => match.Groups[1].Value).ToList();
        Assert.True(codes.Count >= 5, enabled.Html);
        for (var i = 0; i < codes.Count; i++)
        {
            book.Add($"recovery code {i}", codes[i]);
        }

        book.Add("session 2", portal.SessionCookie);
        using var again = SiteClient.Portal(world);
        var second = await again.SignInAsync(_administrator, ChosenPassword);
        var ticket = WebUtility.HtmlDecode(Regex.Match(second.Html, "name=\"Second.Ticket\" value=\"([^\"]*)\"").Groups[1].Value);
        book.Add("sign-in ticket", ticket);
        Keep("sign-in, wrong code", (await again.SubmitAsync(FormOf(second, "code"), "/sign-in", ("Second.Ticket", ticket), ("Second.Code", "999 wrong 999"))).Status.ToString());
        var signedIn = await again.SubmitAsync(FormOf(second, "code"), "/sign-in", ("Second.Ticket", ticket), ("Second.Code", codes[0]));
        Assert.Equal((HttpStatusCode.Found, "/"), (signedIn.Status, signedIn.LocalPath));
        book.Add("session 3", again.SessionCookie);
        foreach (var path in (string[])["/", "/tenants", "/gateways", "/activity"])
        {
            Keep("portal page", (await again.GetAsync(path)).Html);
        }

        Keep("account show", await world.AdminAsync("account", "list"));
    }

    /// <summary>Requests that are wrong in ways that make parsers speak, each with a secret in it.</summary>
    public async Task AskWronglyAsync()
    {
        var secret = Wrong("secret in a broken request");
        var address = (Address: world.AddressOf("server"), Port: 6181);
        foreach (var body in (string[])
        [
            $$"""{"role":"gateway","subject":"gtw1","secret":"{{secret}}","csr":"x","host":"h"}""",
            $$"""{"role":"gateway","subject":"gtw1","secret":"{{secret}}", broken""",
            $$"""{"role":"{{secret}}","subject":"{{secret}}","secret":["{{secret}}"],"csr":5}""",
            $$"""{"secret":"{{secret}}","{{secret}}":1}""",
            new string('x', 200) + secret,
        ])
        {
            foreach (var path in (string[])["/v1/enrol", "/v1/renew", "/v1/gateways/heartbeat", "/v1/nothing"])
            {
                var request = $"POST {path} HTTP/1.1\r\nHost: edge.{World.Zone}\r\nHeadgate-Version: {Protocol.ProtocolVersion.Current}\r\nAuthorization: Bearer {secret}\r\nCookie: a={secret}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
                Keep("broken request", (await TlsConnection.AskAsync(address.Address, address.Port, "edge." + World.Zone, request)).ToString());
            }
        }
    }

    /// <summary>What the streams of a gateway and a repository carry; the silo's keys are read where they are.</summary>
    public async Task ReadStreamsAndKeysAsync()
    {
        foreach (var name in (string[])["gtw1", "repo1"])
        {
            using var identity = world.IdentityOf(name);
            using var client = new EdgeClient(identity, TimeProvider.System);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await foreach (var happened in client.StreamAsync(null, patience.Token))
            {
                if (happened.Kind == EdgeEventKinds.Snapshot)
                {
                    Keep("stream of " + name, happened.Data);
                    foreach (var target in name == "gtw1" ? happened.Read<GatewaySnapshot>().Targets : [])
                    {
                        book.Add($"PROXY key gtw1 to {target.Id}", target.ProxyKey);
                    }

                    break;
                }
            }
        }

        await using var database = new SqliteConnection($"Data Source={world.PathOf("server", "headgate.db")};Mode=ReadOnly;Pooling=False");
        await database.OpenAsync();
        await using var command = database.CreateCommand();
        command.CommandText = "SELECT name, ciphertext FROM silo_secret";
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            var name = rows.GetString(0);
            var opened = Sealed.Open(SecretTests.OperatorSecretText, name, (byte[])rows.GetValue(1));
            switch (name)
            {
                case "issuing-certificate":
                    using (var key = ECDsa.Create())
                    {
                        key.ImportFromPem(Regex.Match(Encoding.ASCII.GetString(opened), "-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----", RegexOptions.Singleline).Value);
                        book.AddKey("issuing key", key);
                    }

                    break;
                case "label-key" or "proxy-key":
                    book.Add(name, opened);
                    break;
                case var _ when name.StartsWith("data-protection/", StringComparison.Ordinal):
                    var master = Regex.Match(Encoding.UTF8.GetString(opened), "<value>([^<]+)</value>").Groups[1].Value;
                    if (master.Length > 0)
                    {
                        book.Add("data protection key", Convert.FromBase64String(master));
                    }

                    break;
                default:
                    break;
            }
        }

        using var root = ECDsa.Create();
        root.ImportFromEncryptedPem(await File.ReadAllTextAsync(world.PathOf("server", "authority", "root.pem")), SecretTests.OperatorSecretText);
        book.AddKey("root key", Exportable(root));
    }

    public async Task BackUpAndRestoreAsync()
    {
        book.Add("backup passphrase", Passphrase);
        book.Add("backup passphrase, wrong", "another passphrase entirely 2Y");
        var environment = new Dictionary<string, string?> { ["HEADGATE_BACKUP_PASSPHRASE"] = Passphrase };
        var file = world.PathOf("silo.backup");
        Keep("backup", await Tool.RunAsync(Programs.Server, ["backup", file, "--data", world.PathOf("server")], environment)).Succeeded();
        var other = new Dictionary<string, string?> { ["HEADGATE_BACKUP_PASSPHRASE"] = "another passphrase entirely 2Y", [OperatorVariable] = SecretTests.OperatorSecretText };
        Keep("restore, wrong passphrase", await Tool.RunAsync(Programs.Server, ["restore", file, "--data", world.PathOf("elsewhere")], other));
        other["HEADGATE_BACKUP_PASSPHRASE"] = Passphrase;
        Keep("restore", await Tool.RunAsync(Programs.Server, ["restore", file, "--data", world.PathOf("restored")], other)).Succeeded();
        Keep("doctor", await world.AdminAsync("doctor"));
    }

    /// <summary>The database's file is overwritten under the running server: whatever is asked then ends in a fault.</summary>
    public async Task LoseTheDatabaseAsync(Machine machine)
    {
        foreach (var end in (string[])["", "-wal"])
        {
            await using var file = new FileStream(world.PathOf("server", "headgate.db" + end), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            file.SetLength(0);
            await file.WriteAsync(new byte[8192]);
        }

        using var portal = SiteClient.Portal(world);
        try
        {
            Keep("portal without a database", (await portal.SignInAsync(_administrator, ChosenPassword)).Html);
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or InvalidOperationException)
        {
            Keep("portal without a database", fault.ToString());
        }

        Keep("command without a database", await world.AdminAsync("tenant", "add", "gamma"));
        Keep("code without a database", await world.AdminAsync("code", "connector", "acme"));
        await AskWronglyAsync();
        Keep("connector without a database", await machine.HeadgateAsync("status"));
        await world.Server.KillAsync();
    }

    private async Task EnrolAsync(string name, string program, int port, string code, params string[] more)
    {
        var wrong = code.Replace(":" + SecretOf(code) + "@", ":" + Wrong($"code {name}, wrong") + "@", StringComparison.Ordinal);
        foreach (var text in (string[])[wrong, code])
        {
            Keep("enroll " + name, await Tool.RunAsync(program, ["enroll", "--data", world.PathOf(name), "-", .. more], input: Encoding.UTF8.GetBytes(text + "\n")));
        }

        await world.AdoptAsync(new Daemon(name, program, "run", "--data", world.PathOf(name), "--listen", $"{world.AddressOf(name)}:{port}"));
        book.AddKeyFile("key " + name, Directory.EnumerateFiles(world.PathOf(name), "key.pem", SearchOption.AllDirectories).Single());
    }

    private async Task<Finished> TryConnectorAsync(Machine machine, string what, string code) => Keep("connector enroll, " + what, await Tool.RunAsync(
        Programs.Connector, ["enroll", "-", "--host-name", machine.HostName, "--resolve", world.Resolve], machine.Environment, Encoding.UTF8.GetBytes(code + "\n")));

    private async Task<string> CodeAsync(string name, params string[] arguments)
    {
        var code = await world.CodeAsync(arguments);
        book.Add(name, SecretOf(code));
        return code;
    }

    /// <summary>What somebody typed in the place of a secret is one as well: it may be that of another door.</summary>
    private string Wrong(string name)
    {
        var made = Protocol.Naming.Base32.Encode(RandomNumberGenerator.GetBytes(16));
        book.Add(name, made);
        return made;
    }

    private Finished Keep(string place, Finished finished)
    {
        Keep(place, $"{finished.ExitCode}\n{finished.Output}\n{finished.Error}");
        return finished;
    }

    private void Keep(string place, string text) => _said.Add(("said: " + place, text));

    private static SiteClient.Page FormOf(SiteClient.Page page, string handler)
    {
        // A page with several forms: what belongs to the one that is sent.
        var start = page.Html.IndexOf($"name=\"_handler\" value=\"{handler}\"", StringComparison.Ordinal);
        Assert.True(start >= 0, page.Html);
        var form = page.Html.LastIndexOf("<form", start, StringComparison.Ordinal);
        return page with { Html = page.Html[form..page.Html.IndexOf("</form>", start, StringComparison.Ordinal)] };
    }

    private static string SecretOf(string code) => EnrolmentCode.TryParse(code, out var parsed) ? parsed.Secret : throw new FormatException("That is no code.");

    private static string Text(System.Text.Json.JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static ECDsa Exportable(ECDsa key)
    {
        // A key out of an encrypted file may be exported encrypted only.
        const string Password = "p";
        var copy = ECDsa.Create();
        copy.ImportEncryptedPkcs8PrivateKey(
            Password, key.ExportEncryptedPkcs8PrivateKey(Password, new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000)), out _);
        return copy;
    }

    private static byte[] Base32Bytes(string text)
    {
        // RFC 4648 base32, upper case, as authenticators take it.
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var bits = string.Concat(text.TrimEnd('=').ToUpperInvariant().Select(c => Convert.ToString(Alphabet.IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return [.. Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2))];
    }
}
