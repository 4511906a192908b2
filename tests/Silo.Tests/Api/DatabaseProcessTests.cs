using System.Diagnostics;
using Headgate.Server.Databases;
using Headgate.Silo.Tests.Storage;

namespace Headgate.Silo.Tests.Api;

/// <summary>The program itself on PostgreSQL, with a password that nobody else is to see.</summary>
public sealed class DatabaseProcessTests : IDisposable
{
    private const string Password = "xyzzy-plugh-1976";

    private readonly ServerPrograms _programs = new();
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _said = [];

    public void Dispose()
    {
        _programs.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Server_OnPostgreSql_RemembersItOutlivesAKillAndIsBackedUp()
    {
        var cluster = await TestDatabases.ClusterAsync();
        await cluster.SqlAsync($"CREATE ROLE locked LOGIN PASSWORD '{Password}'");
        await cluster.SqlAsync("CREATE DATABASE locked OWNER locked TEMPLATE template0");
        var database = cluster.Url("locked").Replace(PostgreSqlCluster.User + "@", "locked@", StringComparison.Ordinal);
        File.WriteAllText(_folder["wrong"], "plugh\n");
        File.WriteAllText(_folder["password"], Password + "\n");
        File.WriteAllText(_folder["passphrase"], "a long enough passphrase\n");

        var (code, _, refused) = await _programs.RunAsync([.. Run(), "--database", database, "--database-password-file", _folder["wrong"]], _programs.Data);
        Assert.Equal(1, code);
        Assert.Contains("does not let the server in", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("plugh", refused, StringComparison.Ordinal);

        var first = await StartAsync("--database", database, "--database-password-file", _folder["password"]);
        Assert.DoesNotContain(Password, await File.ReadAllTextAsync($"/proc/{first.Id}/cmdline", SiloWorld.Deadline), StringComparison.Ordinal);
        await _programs.OkAsync("tenant", "add", "acme", "--name", "Acme");
        first.Kill();
        await first.WaitForExitAsync(SiloWorld.Deadline);

        // Without being told again.
        var second = await StartAsync();
        Assert.Contains("acme", await _programs.OkAsync("tenant", "list"), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_programs.Data, "headgate.db")));
        await _programs.OkAsync("backup", _folder["backup"], "--passphrase-file", _folder["passphrase"]);

        // The backup is restored on a machine without PostgreSQL.
        var restored = await _programs.RunAsync(["restore", _folder["backup"], "--passphrase-file", _folder["passphrase"]], _folder["restored"]);
        Assert.True(restored.ExitCode == 0, restored.Error);
        await using (var file = await Database.OpenAsync(_folder["restored"], null))
        {
            await using var db = file.Read();
            Assert.Contains(db.Tenants.ToList(), tenant => tenant.Id == "acme");
        }

        second.Kill();
        await second.WaitForExitAsync(SiloWorld.Deadline);
        Assert.DoesNotContain(Password, string.Join('\n', _said), StringComparison.Ordinal);
        Assert.DoesNotContain(Password, File.ReadAllText(Path.Combine(_programs.Data, DatabaseChoice.FileName)), StringComparison.Ordinal);
    }

    private static string[] Run() =>
        ["run", "--zone", "demo.test", "--edge-listen", "127.0.0.1:0", "--tenant-listen", "127.0.0.1:0", "--no-portal", "--log-level", "Trace"];

    private async Task<Process> StartAsync(params string[] more)
    {
        var process = _programs.Launch([.. Run(), "--data", _programs.Data, .. more]);
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_said)
            {
                _said.Add(line.Data ?? "");
            }
        };
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync(SiloWorld.Deadline) is { } line)
        {
            if (line.StartsWith("ready ", StringComparison.Ordinal))
            {
                return process;
            }
        }

        lock (_said)
        {
            Assert.Fail(string.Join('\n', _said));
        }

        return process;
    }
}
