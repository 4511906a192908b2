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
    private readonly int _smallMegabytes;
    private Process? _keeper;

    private PostgreSqlCluster(TemporaryFolder folder, int smallMegabytes) => (_folder, _smallMegabytes) = (folder, smallMegabytes);

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
    public static Task<PostgreSqlCluster> StartAsync(params string[] settings) => MakeAsync(0, settings);

    /// <summary>
    /// One with a tablespace <c>small</c> on a file system of its own of so many megabytes, which only the server's processes see (see <see cref="SmallPath"/>). Needs root.
    /// </summary>
    public static Task<PostgreSqlCluster> StartWithSmallAsync(int megabytes) => MakeAsync(megabytes, []);

    private static async Task<PostgreSqlCluster> MakeAsync(int smallMegabytes, string[] settings)
    {
        var cluster = new PostgreSqlCluster(new TemporaryFolder(), smallMegabytes);
        try
        {
            await cluster.InitializeAsync(settings);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where a file in the small file system is for us.</summary>
    public string SmallPath(string name) => $"/proc/{ProcessId}/root{_folder["small"]}/{name}";

    /// <summary>The place of a database, as <c>headgate-server run --database</c> takes it.</summary>
    public string Url(string database) => $"postgresql://{User}@{Uri.EscapeDataString(SocketDirectory)}/{database}";

    /// <summary>Starts the server after <see cref="StopAsync"/>, or after it was killed.</summary>
    public async Task StartAsync()
    {
        await EndKeeperAsync();
        // The shell's input ends when this process does.
        _keeper = Start(
            """pg_ctl -D data -l log -w -t 100 -s start && echo started && cat >/dev/null; pg_ctl -D data -m immediate -s stop 2>/dev/null""",
            own: _smallMegabytes > 0);
        using var deadline = new CancellationTokenSource(s_deadline);
        // After a crash pg_ctl says first that it takes no notice of what the dead server left.
        while (await _keeper.StandardOutput.ReadLineAsync(deadline.Token) is var line and not "started")
        {
            if (line is null)
            {
                throw new InvalidOperationException($"The PostgreSQL server did not start: {Log}");
            }
        }
    }

    /// <summary>Stops the server in a mode of <c>pg_ctl</c>'s: <c>smart</c>, <c>fast</c>, <c>immediate</c> (as a crash).</summary>
    public Task StopAsync(string mode) => RunAsync($"pg_ctl -D data -m {mode} -w -t 100 -s stop");

    /// <summary>Stops and starts the server.</summary>
    public Task RestartAsync(string mode) => RunAsync($"pg_ctl -D data -l log -m {mode} -w -t 100 -s restart");

    /// <summary>Kills the server as a crash of its machine would end it, without a word (<c>kill -9</c>), and waits until none of its processes is left.</summary>
    public async Task KillAsync()
    {
        var first = ProcessId;
        // Its children have their data directory as their working directory; they end by themselves when the first is gone.
        await RunAsync("""kill -9 "$1"; for i in $(seq 1200); do found=; for p in /proc/[0-9]*; do [ "$(readlink $p/cwd 2>/dev/null)" = "$PWD/data" ] && found=1; done; [ -z "$found" ] && exit 0; sleep 0.05; done; exit 1""",
            first.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

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
        // One user is asked for a password, for tests of that.
        var access = Path.Combine(DataDirectory, "pg_hba.conf");
        await File.WriteAllTextAsync(access, "local all locked scram-sha-256\n" + await File.ReadAllTextAsync(access));
        await File.AppendAllLinesAsync(
            Path.Combine(DataDirectory, "postgresql.conf"),
            ["listen_addresses = ''", $"unix_socket_directories = '{_folder.Path}'", "max_connections = 300", "shared_buffers = 64MB", .. settings]);
        await StartAsync();
        await SqlAsync($"CREATE ROLE {User} LOGIN CREATEDB");
        if (_smallMegabytes > 0)
        {
            await SqlAsync($"CREATE TABLESPACE small OWNER {User} LOCATION '{_folder["small"]}'");
        }
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
    private Process Start(string script, string[]? arguments = null, bool own = false)
    {
        var programs = FindPrograms() ?? throw new InvalidOperationException("The PostgreSQL server is not installed (Debian: apt install postgresql).");
        string[] command = ["bash", "-c", $"exec 2>&1; PATH={programs}:$PATH; cd \"$0\"; {script}", _folder.Path, .. arguments ?? []];
        if (Environment.IsPrivilegedProcess)
        {
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", .. command];
        }
        if (own)
        {
            // The mount is seen by what this starts, and gone with it.
            string mount = $"mkdir -p {_folder["small"]} && mount -t tmpfs -o size={_smallMegabytes}m tmpfs {_folder["small"]} && chown postgres: {_folder["small"]} && exec \"$@\"";
            command = ["unshare", "--mount", "--propagation", "private", "bash", "-c", mount, "mount", .. command];
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
