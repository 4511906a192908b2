using System.Diagnostics;

namespace Headgate.Testing;

/// <summary>
/// A PostgreSQL server of the test's own: a cluster in a temporary folder that listens on a socket in it and nowhere else, under a user that is not root. It ends with the
/// test process, however that ends: a shell beside it waits for the end of its input.
/// </summary>
public sealed class PostgreSqlCluster : IAsyncDisposable
{
    /// <summary>The user that tests connect as; may make databases. No password is asked for.</summary>
    public const string User = "headgate";

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(120);

    private readonly TemporaryFolder _folder;
    private Process? _keeper;

    private PostgreSqlCluster(TemporaryFolder folder) => _folder = folder;

    /// <summary>Whether this machine has the server's programs.</summary>
    public static bool IsInstalled => FindPrograms() is not null;

    /// <summary>Where its socket is: the <c>Host</c> of a connection string.</summary>
    public string SocketDirectory => _folder.Path;

    /// <summary>Where its files are.</summary>
    public string DataDirectory => Path.Combine(_folder.Path, "data");

    /// <summary>What the server said.</summary>
    public string Log => File.Exists(_folder["log"]) ? File.ReadAllText(_folder["log"]) : "";

    /// <summary>The process id of its first process.</summary>
    public int ProcessId => int.Parse(File.ReadLines(Path.Combine(DataDirectory, "postmaster.pid")).First(), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Makes a cluster and starts it.</summary>
    /// <param name="settings">Lines for <c>postgresql.conf</c>; the last of a name counts. Commits are flushed unless <c>fsync=off</c> is among them.</param>
    public static async Task<PostgreSqlCluster> StartAsync(params string[] settings)
    {
        var cluster = new PostgreSqlCluster(new TemporaryFolder());
        try
        {
            await cluster.InitializeAsync(settings);
            await cluster.StartAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The place of a database, as <c>headgate-server run --database</c> takes it.</summary>
    public string Url(string database) => $"postgresql://{User}@{Uri.EscapeDataString(SocketDirectory)}/{database}";

    /// <summary>Starts the server after <see cref="StopAsync"/>, or after it was killed.</summary>
    public async Task StartAsync()
    {
        await EndKeeperAsync();
        // The shell's input ends when this process does.
        _keeper = Start("""pg_ctl -D data -l log -w -t 100 -s start && echo started && cat >/dev/null; pg_ctl -D data -m immediate -s stop 2>/dev/null""");
        using var deadline = new CancellationTokenSource(s_deadline);
        if (await _keeper.StandardOutput.ReadLineAsync(deadline.Token) != "started")
        {
            throw new InvalidOperationException($"The PostgreSQL server did not start: {Log}");
        }
    }

    /// <summary>Stops the server in a mode of <c>pg_ctl</c>'s: <c>smart</c>, <c>fast</c>, <c>immediate</c> (as a crash).</summary>
    public Task StopAsync(string mode) => RunAsync($"pg_ctl -D data -m {mode} -w -t 100 -s stop");

    /// <summary>Stops and starts the server.</summary>
    public Task RestartAsync(string mode) => RunAsync($"pg_ctl -D data -l log -m {mode} -w -t 100 -s restart");

    /// <summary>Runs a statement as the cluster's owner, in a database.</summary>
    /// <returns>What it printed, unaligned.</returns>
    public async Task<string> SqlAsync(string statement, string database = "postgres") =>
        (await RunAsync("""psql -X -q -A -t -v ON_ERROR_STOP=1 -U owner -h "$PWD" -d "$1" -c "$2" """, database, statement)).TrimEnd('\n');

    public async ValueTask DisposeAsync()
    {
        await EndKeeperAsync();
        _folder.Dispose();
    }

    private static string? FindPrograms() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').FirstOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")));

    private async Task InitializeAsync(string[] settings)
    {
        if (Environment.IsPrivilegedProcess)
        {
            using var change = Process.Start("chown", ["postgres:", _folder.Path]);
            await change.WaitForExitAsync();
        }
        await RunAsync("initdb -D data -U owner --auth=trust --encoding=UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en --no-sync --no-instructions");
        await File.AppendAllLinesAsync(
            Path.Combine(DataDirectory, "postgresql.conf"),
            ["listen_addresses = ''", $"unix_socket_directories = '{_folder.Path}'", "max_connections = 300", "shared_buffers = 64MB", .. settings]);
        await StartAsync();
        await SqlAsync($"CREATE ROLE {User} LOGIN CREATEDB");
        await StopAsync("fast");
    }

    private async Task EndKeeperAsync()
    {
        if (_keeper is { } keeper)
        {
            _keeper = null;
            keeper.StandardInput.Close();
            using var deadline = new CancellationTokenSource(s_deadline);
            await keeper.WaitForExitAsync(deadline.Token);
            keeper.Dispose();
        }
    }

    private async Task<string> RunAsync(string script, params string[] arguments)
    {
        using var process = Start(script, arguments);
        process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(s_deadline);
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"'{script}' ended with {process.ExitCode}: {await output}{Environment.NewLine}{Log}");
    }

    // In the cluster's folder, as its user. The server must not keep our pipes open: it writes to its log.
    private Process Start(string script, params string[] arguments)
    {
        var programs = FindPrograms() ?? throw new InvalidOperationException("The PostgreSQL server is not installed (Debian: apt install postgresql).");
        string[] command = ["bash", "-c", $"exec 2>&1; PATH={programs}:$PATH; cd \"$0\"; {script}", _folder.Path, .. arguments];
        if (Environment.IsPrivilegedProcess)
        {
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", .. command];
        }
        var start = new ProcessStartInfo(command[0]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in command[1..])
        {
            start.ArgumentList.Add(argument);
        }
        start.Environment["LC_ALL"] = "C.UTF-8";
        return Process.Start(start)!;
    }
}
