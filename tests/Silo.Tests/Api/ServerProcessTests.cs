using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Headgate.Protocol.Enrolment;
using Headgate.Server.Hosting;
using Headgate.Silo.Certificates;
using Headgate.Silo.Tests.Storage;
using Microsoft.Data.Sqlite;

namespace Headgate.Silo.Tests.Api;

/// <summary>The program itself: real processes, its command line, its signals, its crashes.</summary>
public sealed class ServerProcessTests : IDisposable
{
    private const int SigTerm = 15;
    private const int SigKill = 9;

    private readonly ServerPrograms _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact]
    public async Task Run_ThroughStopsAndCrashes_KeepsEverythingThatWasAnswered()
    {
        var first = await StartAsync();
        await OkAsync("tenant", "add", "acme", "--name", "Acme Inc", "--run-limit", "3", "--bandwidth", "100 MB/s", "--lease-ends", "2099-01-31");
        var repository = Code(await OkAsync("repository", "add", "repo1", "--address", "127.0.0.1:6183", "--code-only"));
        var gateway = Code(await OkAsync("gateway", "add", "gtw1", "--address", "127.0.0.1:6180", "--code-only"));
        var connector = Code(await OkAsync("code", "connector", "acme", "--lifetime", "2h", "--code-only"));
        var root = await OkAsync("authority");
        Assert.Equal((repository.Fingerprint, "repo1"), (connector.Fingerprint, repository.Subject));
        Assert.Equal("cc.demo.test", connector.Host);

        // Killed right behind the answer: what was answered is there.
        await OkAsync("quota", "set", "acme", "repo1", "500GiB");
        await SignalAsync(first, SigKill);
        Assert.True(File.Exists(Path.Combine(_programs.Data, "admin.sock")));
        var second = await StartAsync();
        var quota = Assert.Single((await JsonAsync("quota", "list")).EnumerateArray());
        Assert.Equal((500L << 30, "acme"), (quota.GetProperty("limitBytes").GetInt64(), quota.GetProperty("tenant").GetString()));
        Assert.Equal(root, await OkAsync("authority"));

        using var identity = await EnrolmentClient.EnrolAsync(
            gateway with { Port = second.EdgePort }, token => DialAsync(second.EdgePort, token), "host", TimeProvider.System, SiloWorld.Deadline);
        await SignalAsync(second, SigKill);
        var third = await StartAsync();
        Assert.True((await JsonAsync("gateway", "show", "gtw1")).GetProperty("enrolled").GetBoolean());
        var tenant = await JsonAsync("tenant", "show", "acme");
        Assert.Equal(("Acme Inc", 3), (tenant.GetProperty("displayName").GetString(), tenant.GetProperty("runLimit").GetInt32()));
        Assert.Equal(100_000_000, tenant.GetProperty("bytesPerSecond").GetInt64());
        Assert.Contains("125 MB/s", await OkAsync("tenant", "set", "acme", "--bandwidth", "1 Gbit/s"), StringComparison.Ordinal);
        Assert.False((await JsonAsync("tenant", "set", "acme", "--bandwidth", "none")).TryGetProperty("bytesPerSecond", out _));
        Assert.Contains("100 Mb/s' is not a bandwidth limit", (await RunAsync("tenant", "set", "acme", "--bandwidth", "100 Mb/s")).Error, StringComparison.Ordinal);

        Assert.Equal(0, await SignalAsync(third, SigTerm));
        Assert.False(File.Exists(Path.Combine(_programs.Data, "admin.sock")), "The socket file stays after a graceful stop.");
        var (exitCode, _, error) = await RunAsync("tenant", "list");
        Assert.Equal(3, exitCode);
        Assert.Contains("No server runs on", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OnADirectoryThatAServerHas_IsRefusedAndLeavesTheOtherAlone()
    {
        await StartAsync();

        var (exitCode, output, error) = await RunAsync("run", "--zone", "demo.test", "--edge-listen", "127.0.0.1:0", "--tenant-listen", "127.0.0.1:0", "--portal-listen", "127.0.0.1:0", "--site-listen", "127.0.0.1:0");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("Another headgate-server runs on", error, StringComparison.Ordinal);
        await OkAsync("tenant", "list");
    }

    [Fact]
    public async Task Run_WithOptionsThatCannotBe_SaysAllOfThemAtOnce()
    {
        var (exitCode, _, error) = await RunAsync(
            "run", "--zone", "UPPER", "--public-port", "0", "--edge-listen", "nowhere", "--tenant-address", "x", "--with-gateway", "127.0.0.1:0", "--repository-listen", "0.0.0.0:6183",
            "--session-wait", "48h", "--sessions-per-tenant", "0", "--session-memory", "1000");

        Assert.Equal(1, exitCode);
        foreach (var option in new[] { "--zone is 'UPPER'", "--public-port is 0", "--edge-listen is 'nowhere'", "--tenant-address is 'x'", "--with-gateway is '127.0.0.1:0'", "--repository-listen is '0.0.0.0:6183'", "--session-wait is 2880 minutes", "--sessions-per-tenant is 0", "--session-memory is 1000 B" })
        {
            Assert.Contains(option, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Run_WithADataPathTooLongForASocket_SaysHowLongItMayBe()
    {
        var data = Path.Combine(_programs.Data, new string('d', 90));

        var (exitCode, _, error) = await _programs.RunAsync(["run", "--zone", "demo.test", "--data", data], data: null);

        Assert.Equal(1, exitCode);
        Assert.Contains("103", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OnAPortThatIsTaken_SaysSo()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();

        var (exitCode, _, error) = await RunAsync("run", "--zone", "demo.test", "--tenant-listen", "127.0.0.1:0", "--no-portal", "--edge-listen", taken.LocalEndpoint.ToString()!);

        Assert.Equal(1, exitCode);
        Assert.Contains("cannot listen", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithAnotherOperatorSecret_SaysSoAndServesNothing()
    {
        await SignalAsync(await StartAsync(), SigTerm);
        File.WriteAllText(Path.Combine(_programs.Data, OperatorSecret.FileName), new string('q', 40));

        var (exitCode, output, error) = await RunAsync("run", "--zone", "demo.test", "--edge-listen", "127.0.0.1:0", "--tenant-listen", "127.0.0.1:0", "--portal-listen", "127.0.0.1:0", "--site-listen", "127.0.0.1:0");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("operator secret", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("quota set acme repo1 5x", "'5x' is not a size")]
    [InlineData("gateway add g1 --address nowhere", "'nowhere' is not an address")]
    [InlineData("code connector acme --lifetime soon", "'soon' is not a duration")]
    [InlineData("tenant add acme --lease-ends tomorrow", "'tomorrow' is not a date")]
    [InlineData("tenant add", "Required argument missing")]
    [InlineData("nonsense", "nonsense")]
    public async Task Commands_ThatCannotBeUnderstood_ExitWithTwo(string commandLine, string sentence)
    {
        var (exitCode, _, error) = await _programs.RunAsync(commandLine.Split(' '), _programs.Data);

        Assert.Equal(2, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_ForEverything_PrintForPeopleAndForPrograms()
    {
        var server = await StartAsync();
        await OkAsync("repository", "add", "repo1", "--address", "repo1.example.com:6183");
        await OkAsync("gateway", "add", "gtw1", "--address", "[2001:db8::1]:6180", "--nat", "--weight", "50", "--pool", "east", "--name", "Zürich");
        Assert.Equal("Zürich", (await JsonAsync("gateway", "show", "gtw1")).GetProperty("displayName").GetString());
        Assert.Equal("Bern", (await JsonAsync("gateway", "set", "gtw1", "--name", "Bern")).GetProperty("displayName").GetString());
        await OkAsync("tenant", "add", "acme", "--pool", "east");
        await OkAsync("quota", "set", "acme", "repo1", "1.5TiB");
        var key = await JsonAsync("access-key", "add", "acme", "repo1", "--append-only", "--name", "nas");

        Assert.Contains("1.5 TiB", await OkAsync("quota", "list", "acme"), StringComparison.Ordinal);
        Assert.Contains("[2001:db8::1]:6180", await OkAsync("gateway", "list"), StringComparison.Ordinal);
        Assert.Equal("Draining", (await JsonAsync("gateway", "drain", "gtw1")).GetProperty("wantedState").GetString());
        Assert.True((await JsonAsync("gateway", "drain", "gtw1", "--within", "1h")).GetProperty("drain").TryGetProperty("ends", out _));
        Assert.Contains("the rest is closed at", await OkAsync("gateway", "show", "gtw1"), StringComparison.Ordinal);
        Assert.Equal("Active", (await JsonAsync("gateway", "undrain", "gtw1")).GetProperty("wantedState").GetString());
        Assert.Contains("2592000", (await RunAsync("gateway", "drain", "gtw1", "--within", "31d")).Error, StringComparison.Ordinal);
        Assert.Equal("Draining", (await JsonAsync("gateway", "drain", "gtw1")).GetProperty("wantedState").GetString());
        Assert.Equal("Active", (await JsonAsync("gateway", "activate", "gtw1")).GetProperty("wantedState").GetString());
        Assert.Equal("Disabled", (await JsonAsync("gateway", "disable", "gtw1")).GetProperty("wantedState").GetString());
        Assert.True((await JsonAsync("gateway", "revoke", "gtw1")).GetProperty("revoked").GetBoolean());
        Assert.Equal(6199, (await JsonAsync("repository", "move", "repo1", "--address", "127.0.0.9:6199")).GetProperty("port").GetInt32());
        Assert.Contains("nas", await OkAsync("access-key", "list", "acme"), StringComparison.Ordinal);
        Assert.DoesNotContain(key.GetProperty("secret").GetString()!, await OkAsync("access-key", "list", "acme", "--json"), StringComparison.Ordinal);
        Assert.True((await JsonAsync("access-key", "revoke", "acme", key.GetProperty("key").GetString()!))[0].GetProperty("revoked").GetBoolean());
        Assert.Equal("Disabled", (await JsonAsync("tenant", "disable", "acme")).GetProperty("status").GetString());
        Assert.Equal("Active", (await JsonAsync("tenant", "enable", "acme")).GetProperty("status").GetString());
        var (exitCode, _, error) = await RunAsync("tenant", "set", "acme", "--name", "New", "--expect-version", "1");
        Assert.Equal(1, exitCode);
        Assert.NotEmpty(error);
        Assert.Equal(0, (await JsonAsync("job", "list")).GetArrayLength());
        Assert.Equal(1, (await RunAsync("job", "show", "acme", "nothing")).ExitCode);
        Assert.Equal(1, (await RunAsync("connector", "revoke", "acme", "nobody")).ExitCode);

        Assert.DoesNotContain(key.GetProperty("secret").GetString()!, server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithAGatewayAndARepository_EnrolsThemAtTheFirstStartAndFindsThemAgain()
    {
        // A network of this test's own, for these ports must be the same after a restart.
        var network = $"127.{Random.Shared.Next(100, 250)}.{Random.Shared.Next(1, 250)}";
        string[] options =
        [
            "--edge-listen", network + ".1:6181", "--tenant-listen", network + ".1:6182", "--portal-listen", network + ".1:6184", "--site-listen", network + ".1:6185", "--with-gateway", network + ".2:6180",
            "--with-repository", Path.Combine(_programs.Data, "storage"), "--repository-listen", network + ".3:6183",
        ];
        var first = await StartAsync(options);
        await UntilHeardAsync();
        var gateway = await JsonAsync("gateway", "show", "gtw1");
        Assert.Equal((network + ".2", 6180), (gateway.GetProperty("host").GetString(), gateway.GetProperty("port").GetInt32()));
        Assert.Equal(0, await SignalAsync(first, SigTerm));

        var second = await StartAsync([.. options, "--session-wait", "5m", "--sessions-per-tenant", "10", "--session-memory", "64MiB"]);
        await UntilHeardAsync();
        using var tenants = new TcpClient();
        await tenants.ConnectAsync(network + ".2", 6180, SiloWorld.Deadline);
        Assert.Equal(0, await SignalAsync(second, SigTerm));

        async Task UntilHeardAsync()
        {
            foreach (var (kind, id) in new[] { ("gateway", "gtw1"), ("repository", "repo1") })
            {
                var began = Stopwatch.GetTimestamp();
                while (!(await JsonAsync(kind, "show", id)).TryGetProperty("lastHeard", out _))
                {
                    Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60), $"The {kind} was never heard.");
                }
            }
        }
    }

    private static EnrolmentCode Code(string text)
    {
        Assert.True(EnrolmentCode.TryParse(text, out var code), text);
        return code;
    }

    private static async Task<Stream> DialAsync(int port, CancellationToken cancellationToken)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellationToken);
        return client.GetStream();
    }

    private Task<Running> StartAsync() => StartAsync(["--edge-listen", "127.0.0.1:0", "--tenant-listen", "127.0.0.1:0", "--portal-listen", "127.0.0.1:0", "--site-listen", "127.0.0.1:0"]);

    private async Task<Running> StartAsync(string[] options)
    {
        var process = _programs.Launch(["run", "--zone", "demo.test", "--data", _programs.Data, .. options]);
        var log = new System.Text.StringBuilder();
        process.ErrorDataReceived += (_, line) =>
        {
            lock (log)
            {
                log.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();

        // A gateway or repository beside it says that it is ready when it is, before the server or after.
        var said = new List<string?>();
        do
        {
            said.Add(await process.StandardOutput.ReadLineAsync(SiloWorld.Deadline));
        }
        while (said[^1]?.StartsWith("ready headgate-server ", StringComparison.Ordinal) is false);

        var ready = said[^1];
        Assert.True(ready is not null && ready.StartsWith("ready headgate-server edge=127.", StringComparison.Ordinal), $"{string.Join('\n', said)}\n{log}");
        var port = int.Parse(ready.Split(' ')[2].Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
        return new Running(process, port, log);
    }

    private async Task<int> SignalAsync(Running server, int signal)
    {
        Process.Start("kill", [$"-{signal}", server.Process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();
        await server.Process.WaitForExitAsync(SiloWorld.Deadline);
        return server.Process.ExitCode;
    }

    private Task<string> OkAsync(params string[] arguments) => _programs.OkAsync(arguments);

    private async Task<JsonElement> JsonAsync(params string[] arguments) => JsonDocument.Parse(await OkAsync([.. arguments, "--json"])).RootElement;

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => _programs.RunAsync(arguments, _programs.Data);

    private sealed record Running(Process Process, int EdgePort, System.Text.StringBuilder Text)
    {
        public string Log
        {
            get
            {
                lock (Text)
                {
                    return Text.ToString();
                }
            }
        }
    }
}
