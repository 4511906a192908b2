using System.Text.Json;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Failover;
using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Commands;

[Collection(EnvironmentCollection.Name)]
public sealed class ProgramTests
{
    private static readonly string[] s_run = ["--job", "nightly", "--repository", ScriptedProvider.RepositoryId, "--retry-wait", "0s"];

    [Theory]
    [InlineData("--job Nightly! --repository nas1 -- true", "--job 'Nightly!' cannot be: 1 to 24")]
    [InlineData("--job nightly --repository NAS -- true", "--repository 'NAS' cannot be")]
    [InlineData("--job nightly --repository nas1 --retries 1000 -- true", "--retries '1000' cannot be: 0 to 100.")]
    [InlineData("--job nightly --repository nas1 --retry-wait 10 -- true", "--retry-wait '10' cannot be")]
    [InlineData("--job nightly --repository nas1 --retry-wait 25h -- true", "up to 24h")]
    [InlineData("--job nightly --repository nas1 --path /a/b/c/ -- true", "--path '/a/b/c/' cannot be")]
    [InlineData("--job nightly --repository nas1 --path /keys/ -- true", "--path '/keys/' cannot be")]
    [InlineData("--job nightly --repository nas1 --kind sync -- true", "sync")]
    [InlineData("--job nightly --repository nas1 --resolve cc.demo.test=127.0.0.1:6180 -- true", "Ports come from the gateway list")]
    [InlineData("--job nightly --repository nas1 --resolve cc.demo.test -- true", "name=address")]
    [InlineData("--repository nas1 -- true", "--job")]
    [InlineData("--job nightly --repository nas1", "command")]
    [InlineData("--job nightly --repository nas1 -- restic -r /srv backup /home", "headgate sets the repository itself")]
    public async Task Run_WithArgumentsThatCannotBe_SaysWhichAndAsksNobody(string arguments, string sentence)
    {
        var (code, _, error) = await BareAsync(["run", .. arguments.Split(' ')]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenNotEnrolled_SaysHowTo()
    {
        var (code, _, error) = await BareAsync(["run", .. s_run, "--", "true"]);
        Assert.Equal(ExitCodes.NotEnrolled, code);
        Assert.Contains("headgate enroll CODE", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenResticIsAbsent_SaysHowToGetItAndOpensNoRun()
    {
        await using var world = await World.StartAsync(1);
        var path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", world.Folder);
        try
        {
            var (code, _, error) = await world.RunAsync(["run", .. world.Options, .. s_run, "--", "restic", "snapshots"]);
            Assert.Equal(ExitCodes.ToolNotFound, code);
            Assert.Contains("apt install restic", error, StringComparison.Ordinal);
            Assert.Empty(world.Provider.Requests);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
    }

    [Fact]
    public async Task Run_WhenTheToolCannotBeStarted_SaysSo()
    {
        await using var world = await World.StartAsync(1);
        var file = Path.Combine(world.Folder, "tool");
        await File.WriteAllTextAsync(file, "#!/bin/sh\n");
        var (code, _, error) = await world.RunAsync(["run", .. world.Options, .. s_run, "--", file]);
        Assert.Equal(ExitCodes.ToolNotExecutable, code);
        Assert.Contains("cannot be started", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("restic", 0)]
    [InlineData("restic", 3)]
    [InlineData("restic", 11)]
    [InlineData("restic", 12)]
    [InlineData("mytool", 42)]
    public async Task Run_PassesTheToolsCodeOnAndTellsTheProvider(string name, int exitCode)
    {
        await using var world = await World.StartAsync(1);
        var tool = await ScriptAsync(world, name, $"exit {exitCode}");
        var (code, _, error) = await world.RunAsync(["run", .. world.Options, .. s_run, "--", tool, "backup", "/home"]);
        Assert.Equal(exitCode, code);
        var finish = Assert.Single(world.Provider.Bodies<FinishRequest>("/finish"));
        Assert.Equal(exitCode, finish.ExitCode);
        Assert.Contains("headgate: run 7 of job nightly", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenTheToolWroteNoSnapshot_DoesNotCallItSucceeded()
    {
        await using var world = await World.StartAsync(1);
        var tool = await ScriptAsync(world, "restic", "exit 0");
        var (code, _, error) = await world.RunAsync(["run", .. world.Options, .. s_run, "--", tool, "backup", "/home"]);
        Assert.Equal(0, code);
        Assert.Contains("wrote NO SNAPSHOT", error, StringComparison.Ordinal);
        Assert.DoesNotContain("succeeded", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NeverShowsTheSecretInArgumentsOrLines()
    {
        await using var world = await World.StartAsync(1);
        var seen = Path.Combine(world.Folder, "seen");
        var tool = await ScriptAsync(
            world, "restic", $"echo \"$RESTIC_REPOSITORY\" > {seen}; tr '\\0' ' ' < /proc/$$/cmdline >> {seen}; tr '\\0' ' ' < /proc/$PPID/cmdline >> {seen}");
        var (code, output, error) = await world.RunAsync(["run", .. world.Options, .. s_run, "--", tool, "backup"]);
        Assert.Equal(0, code);
        var text = await File.ReadAllTextAsync(seen);
        var url = text[..text.IndexOf('\n', StringComparison.Ordinal)];
        Assert.Matches("^rest:http://headgate:[0-9a-f]{48}@127\\.0\\.0\\.1:[0-9]+/pc1/$", url);
        var secret = url.Split(':', '@')[3];
        Assert.Equal(1, text.Split(secret).Length - 1);
        Assert.DoesNotContain(secret, output + error, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Provider.Requests, request => request.Body.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_ForAnotherMachinesRepository_UsesItsPath()
    {
        await using var world = await World.StartAsync(1);
        var seen = Path.Combine(world.Folder, "seen");
        var tool = await ScriptAsync(world, "restic", $"echo \"$RESTIC_REPOSITORY\" > {seen}");
        await world.RunAsync(["run", .. world.Options, .. s_run, "--path", "server1", "--", tool, "restore", "latest"]);
        Assert.EndsWith("/server1/\n", await File.ReadAllTextAsync(seen), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(JobKind.Copy)]
    [InlineData(JobKind.Copy, "--kind", "copy")]
    [InlineData(JobKind.Backup, "--kind", "backup")]
    public async Task Run_OfWhicheverKind_IsOpenedAsOneAndSaysNoMoreThanTheOther(JobKind kind, params string[] options)
    {
        await using var world = await World.StartAsync(1);
        var tool = await ScriptAsync(world, "restic", "exit 0");
        var (code, _, error) = await world.RunAsync(["run", .. world.Options, .. s_run, .. options, "--", tool, "backup"]);
        Assert.Equal(0, code);
        Assert.Equal(2, error.Trim().Split('\n').Length);
        Assert.Equal(kind, Assert.Single(world.Provider.Bodies<OpenRunRequest>("/v1/runs")).Kind);
    }

    [Fact]
    public async Task Run_WhenRefusedForGood_SaysTheSentence()
    {
        await using var world = await World.StartAsync(1);
        world.Provider.Refusals["/v1/runs"] = new ProblemAnswer { Status = 403, Code = ProblemCodes.TenantDisabled, Detail = "Acme is disabled. Call us." };
        var (code, _, error) = await world.RunAsync(["run", .. world.Options, .. s_run, "--", "true"]);
        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains("headgate: Acme is disabled. Call us.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhenRefusedForNowAndRetriesEnd_SaysTheSentence()
    {
        await using var world = await World.StartAsync(1);
        world.Provider.Refusals["/v1/runs"] = new ProblemAnswer { Status = 429, Code = ProblemCodes.RunLimit, Detail = "Two jobs run.", Retry = true };
        var (code, _, error) = await world.RunAsync(["run", .. world.Options, .. s_run, "--retries", "1", "--", "true"]);
        Assert.Equal(ExitCodes.RefusedForNow, code);
        Assert.Contains("Two jobs run. Retry 1 of 1 in 0 s", error, StringComparison.Ordinal);
        Assert.Equal(2, world.Provider.Bodies<OpenRunRequest>("/v1/runs").Count);
    }

    [Fact]
    public async Task Status_ShowsTenantQuotaAndJobs()
    {
        await using var world = await World.StartAsync(1);
        var (code, output, _) = await world.RunAsync(["status"]);
        Assert.Equal(0, code);
        Assert.Equal(
            "Acme (acme): active; this machine is pc1\nnas1\t1.0 GiB\t10.0 GiB\t10.0 %\ta-x\nnightly\tbackup\tnas1\t-\t-\tnever\n", output);
        var json = await world.RunAsync(["status", "--json"]);
        Assert.Equal("acme", JsonDocument.Parse(json.Output).RootElement.GetProperty("tenant").GetString());
    }

    [Fact]
    public async Task Status_OnATerminal_IsATable()
    {
        await using var world = await World.StartAsync(1);
        var output = new StringWriter();
        using var stop = new UserStop();
        var console = new ConnectorConsole(output, TextWriter.Null, outputIsTerminal: true, errorIsTerminal: false);
        Assert.Equal(0, await new ConnectorProgram(console, stop, TimeProvider.System).RunAsync(["status", .. world.Options]));
        Assert.Contains("Last snapshot", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("10.0 GiB", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateways_SaysOfEachWhetherItAnswersFromHere()
    {
        await using var world = await World.StartAsync(2);
        world.Gateways[1].Mode = GatewayMode.PlaintextAlert;
        var (code, output, _) = await world.RunAsync(["gateways", "--why"], time: World.StillClock());
        Assert.Equal(0, code);
        var lines = output.Split('\n');
        Assert.Matches("^1\tgtw1\t127[.0-9]+:[0-9]+\tyes, [0-9]+ ms\tload 0\\.0$", lines[0]);
        Assert.Matches("^2\tgtw2\t127[.0-9]+:[0-9]+\tno: 127[.0-9]+:[0-9]+: TLS alert: unrecognized name\tload 0\\.0$", lines[1]);
        var json = JsonDocument.Parse((await world.RunAsync(["gateways", "--json"], time: World.StillClock())).Output).RootElement;
        Assert.Equal([true, false], json.GetProperty("gateways").EnumerateArray().Select(gateway => gateway.GetProperty("answers").GetBoolean()));
    }

    [Fact]
    public async Task Connect_WithoutATerminal_PrintsNoSecretUnlessAsked()
    {
        await using var world = await World.StartAsync(1);
        var (code, output, error) = await world.RunAsync(["connect"]);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Empty(output);
        Assert.Contains("--print", error, StringComparison.Ordinal);
        Assert.Empty(world.Provider.Requests);
    }

    [Fact]
    public async Task Connect_OpensARouteUntilStopped()
    {
        await using var world = await World.StartAsync(1);
        using var stop = new UserStop();
        var output = new LockedWriter();
        var program = new ConnectorProgram(new ConnectorConsole(output, TextWriter.Null, false, false), stop, TimeProvider.System);
        var running = program.RunAsync(["connect", "--print", .. world.Options]);
        await Until.TrueAsync(() => output.ToString().Contains('\n', StringComparison.Ordinal), output.ToString);
        var url = new Uri(output.ToString().Trim()["export RESTIC_REPOSITORY=rest:".Length..]);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url, "config"));
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(url.UserInfo)));
        using var answer = await http.SendAsync(request);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
        stop.Request(toolWasTold: false);
        Assert.Equal(0, await running);
        Assert.Equal("connect", Assert.Single(world.Provider.Bodies<OpenRunRequest>("/v1/runs")).Tool);
        Assert.False(Assert.Single(world.Provider.Bodies<FinishRequest>("/connect-pc1/7/finish")).Cancelled);
    }

    [Fact]
    public async Task Connect_OnAPortThatIsTaken_SaysSoAndOpensNoRun()
    {
        await using var world = await World.StartAsync(1);
        var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        var (code, _, error) = await world.RunAsync(["connect", "--print", "--repository", "nas1", "--port", port.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        taken.Stop();
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains($"Port {port} of 127.0.0.1 cannot be used", error, StringComparison.Ordinal);
        Assert.Empty(world.Provider.Requests);
    }

    private sealed class LockedWriter : StringWriter
    {
        private readonly Lock _lock = new();

        public override void Write(char value)
        {
            lock (_lock)
            {
                base.Write(value);
            }
        }

        public override void Write(char[] buffer, int index, int count)
        {
            lock (_lock)
            {
                base.Write(buffer, index, count);
            }
        }

        public override void Write(string? value)
        {
            lock (_lock)
            {
                base.Write(value);
            }
        }

        public override string ToString()
        {
            lock (_lock)
            {
                return base.ToString();
            }
        }
    }

    private static async Task<string> ScriptAsync(World world, string name, string body)
    {
        var file = Path.Combine(world.Folder, name);
        await File.WriteAllTextAsync(file, "#!/bin/sh\n" + body + "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }

    private static async Task<(int Code, string Output, string Error)> BareAsync(string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("headgate-connector-");
        Environment.SetEnvironmentVariable("HEADGATE_DATA", folder.FullName);
        try
        {
            using var stop = new UserStop();
            var output = new StringWriter();
            var error = new StringWriter();
            var code = await new ConnectorProgram(new ConnectorConsole(output, error, false, false), stop, TimeProvider.System).RunAsync(args);
            return (code, output.ToString(), error.ToString());
        }
        finally
        {
            Environment.SetEnvironmentVariable("HEADGATE_DATA", null);
            folder.Delete(recursive: true);
        }
    }
}
