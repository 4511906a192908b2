using System.Diagnostics;
using System.Text.Json;
using Headgate.Server.Hosting;
using Headgate.Silo.Certificates;
using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;

namespace Headgate.Silo.Tests.Api;

/// <summary>The first administrator, and <c>headgate-server account</c> against the program itself.</summary>
public sealed class AccountProcessTests : IDisposable
{
    private readonly ServerPrograms _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact]
    public async Task Run_ForTheFirstTime_PrintsAPasswordOnceBeforeItIsReady()
    {
        var (first, lines, errors) = await StartAsync(null);
        Assert.Matches("^administrator admin password=([a-z2-7]{4}-){3}[a-z2-7]{4}$", lines[0]);
        Assert.StartsWith("ready headgate-server ", lines[1], StringComparison.Ordinal);
        var admin = await JsonAsync("account", "show", "admin");
        Assert.Equal(("Administrator", true), (admin.GetProperty("role").GetString(), admin.GetProperty("mustChangePassword").GetBoolean()));
        Assert.Equal(PasswordVerificationResult.Success, Verify(await HashAsync(), lines[0].Split('=')[1]));
        var keys = await QueryAsync("SELECT group_concat(name) FROM silo_secret WHERE name LIKE 'data-protection/key-%'");
        first.Kill();
        await first.WaitForExitAsync(SiloWorld.Deadline);
        Assert.DoesNotContain("encryptor", await errors, StringComparison.Ordinal);

        // The one in the environment comes too late.
        var (_, again, _) = await StartAsync("a password from outside");
        Assert.StartsWith("ready ", Assert.Single(again), StringComparison.Ordinal);
        Assert.Equal(PasswordVerificationResult.Failed, Verify(await HashAsync(), "a password from outside"));
        // Sessions outlive the restart, for the keys do.
        Assert.Equal(keys, await QueryAsync("SELECT group_concat(name) FROM silo_secret WHERE name LIKE 'data-protection/key-%'"));
    }

    [Fact]
    public async Task Run_WithAPasswordInTheEnvironment_TakesItAndPrintsNone()
    {
        var (_, lines, _) = await StartAsync("a password from outside");

        Assert.StartsWith("ready ", Assert.Single(lines), StringComparison.Ordinal);
        Assert.False((await JsonAsync("account", "show", "admin")).GetProperty("mustChangePassword").GetBoolean());
        Assert.Equal(PasswordVerificationResult.Success, Verify(await HashAsync(), "a password from outside"));
    }

    [Fact]
    public async Task Run_WithABadPasswordInTheEnvironment_EndsWithASentence()
    {
        var process = _programs.Launch(["run", "--data", _programs.Data, "--zone", "demo.test", "--edge-listen", "127.0.0.1:0", "--tenant-listen", "127.0.0.1:0", "--portal-listen", "127.0.0.1:0", "--site-listen", "127.0.0.1:0"], "too short");
        var error = await process.StandardError.ReadToEndAsync(SiloWorld.Deadline);
        await process.WaitForExitAsync(SiloWorld.Deadline);

        Assert.Equal(1, process.ExitCode);
        Assert.Contains("HEADGATE_ADMIN_PASSWORD cannot be used. password: 9 characters; allowed are 12 to 256.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("too short", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_OnAccounts_DoWhatTheySay()
    {
        await StartAsync("a password from outside");
        await OkAsync("tenant", "add", "acme");

        var text = await OkAsync("account", "add", "berta", "--name", "Berta Ø");
        Assert.Matches("\n([a-z2-7]{4}-){3}[a-z2-7]{4}\n$", text.ReplaceLineEndings("\n"));
        var tom = await JsonAsync("account", "add", "tom@acme.test", "--tenant", "acme");
        Assert.Equal(("Tenant", "acme"), (tom.GetProperty("account").GetProperty("role").GetString(), tom.GetProperty("account").GetProperty("tenant").GetString()));
        var reset = await JsonAsync("account", "reset", "tom@acme.test");
        Assert.NotEqual(tom.GetProperty("password").GetString(), reset.GetProperty("password").GetString());

        Assert.Equal(["admin", "berta", "tom@acme.test"], (await JsonAsync("account", "list")).EnumerateArray().Select(account => account.GetProperty("account").GetString()));
        Assert.Equal("tom@acme.test", Assert.Single((await JsonAsync("account", "list", "--tenant", "acme")).EnumerateArray()).GetProperty("account").GetString());
        var table = await OkAsync("account", "list");
        Assert.Contains("must change password", table, StringComparison.Ordinal);
        Assert.Equal("silo,administrator,administrator", await QueryAsync("SELECT group_concat(who) FROM (SELECT who FROM audit WHERE kind = 'account-created' ORDER BY id)"));
        Assert.Contains("Berta Ø", table, StringComparison.Ordinal);

        Assert.Contains("disabled", await OkAsync("account", "disable", "berta"), StringComparison.Ordinal);
        var refused = await RefusedAsync("account", "disable", "admin");
        Assert.Contains("only administrator", refused, StringComparison.Ordinal);
        Assert.Contains("only administrator", await RefusedAsync("account", "delete", "admin"), StringComparison.Ordinal);
        Assert.Contains("must change password", await OkAsync("account", "enable", "berta", "--expect-version", "2"), StringComparison.Ordinal);
        Assert.Contains("version 3", await RefusedAsync("account", "disable", "berta", "--expect-version", "2"), StringComparison.Ordinal);
        await OkAsync("account", "disable", "admin");
        await OkAsync("account", "clear-second-factor", "berta");
        Assert.Contains("deleted", await OkAsync("account", "delete", "admin"), StringComparison.Ordinal);
        Assert.Contains("There is no account 'admin'", await RefusedAsync("account", "show", "admin"), StringComparison.Ordinal);

        Assert.Contains("There is an account 'berta' already", await RefusedAsync("account", "add", "berta"), StringComparison.Ordinal);
        Assert.Contains("There is no tenant 'nobody'", await RefusedAsync("account", "add", "eve", "--tenant", "nobody"), StringComparison.Ordinal);
        Assert.Contains("tenant", await RefusedAsync("account", "add", "eve", "--role", "tenant"), StringComparison.Ordinal);
        Assert.Contains("nothing, for an administrator", await RefusedAsync("account", "add", "eve", "--role", "administrator", "--tenant", "acme"), StringComparison.Ordinal);
        foreach (var name in new[] { "Eve", "..", "../tenants", "e ve", "eve?x=1" })
        {
            Assert.Contains("1 to 64 of a-z", await RefusedAsync("account", "add", name), StringComparison.Ordinal);
            await RefusedAsync("account", "delete", name);
        }

        Assert.Equal(2, (await RunAsync("account", "add", "eve", "--role", "king")).ExitCode);
    }

    private static PasswordVerificationResult Verify(string hash, string password) => new PasswordHasher<string>(
        Microsoft.Extensions.Options.Options.Create(new PasswordHasherOptions { IterationCount = 1 })).VerifyHashedPassword("", hash, password);

    private Task<string> HashAsync() => QueryAsync("SELECT password_hash FROM account WHERE id = 'admin'");

    private async Task<string> QueryAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(_programs.Data, "headgate.db")}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Assert.IsType<string>(await command.ExecuteScalarAsync());
    }

    /// <summary>Starts the server; answers what it printed up to its ready line.</summary>
    private async Task<(Process Process, List<string> Lines, Task<string> Errors)> StartAsync(string? password)
    {
        var process = _programs.Launch(["run", "--data", _programs.Data, "--zone", "demo.test", "--edge-listen", "127.0.0.1:0", "--tenant-listen", "127.0.0.1:0", "--portal-listen", "127.0.0.1:0", "--site-listen", "127.0.0.1:0"], password);
        var errors = process.StandardError.ReadToEndAsync();
        var lines = new List<string>();
        while (lines.Count == 0 || !lines[^1].StartsWith("ready ", StringComparison.Ordinal))
        {
            var line = await process.StandardOutput.ReadLineAsync(SiloWorld.Deadline);
            Assert.True(line is not null, line is null ? await errors : "");
            lines.Add(line!);
        }

        return (process, lines, errors);
    }

    private Task<string> OkAsync(params string[] arguments) => _programs.OkAsync(arguments);

    private async Task<string> RefusedAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(arguments);
        Assert.True(exitCode == 1, $"{string.Join(' ', arguments)}: {exitCode}\n{output}{error}");
        return error;
    }

    private async Task<JsonElement> JsonAsync(params string[] arguments) => JsonDocument.Parse(await OkAsync([.. arguments, "--json"])).RootElement;

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => _programs.RunAsync(arguments, _programs.Data);
}
