using System.Globalization;
using System.Text.Json;

namespace Headgate.Relay.Bench;

/// <summary>A real headgate-server with a tenant whose access names lead to the load tool's targets: what gateways ask.</summary>
internal sealed class Provider : IDisposable
{
    /// <summary>Where gateways reach it.</summary>
    public const int EdgePort = 6181;

    private const string Tenant = "bench";
    private readonly string _program;
    private readonly string _data;
    private readonly ChildProcess _process;

    private Provider(string program, string data, ChildProcess process)
    {
        _program = program;
        _data = data;
        _process = process;
    }

    public static async Task<Provider> StartAsync(string program, string folder)
    {
        var data = Path.Combine(folder, "server");
        var process = await ChildProcess.StartAsync("headgate-server", Path.Combine(folder, "server.log"), "ready", program,
            "run", "--data", data, "--zone", "bench.test",
            "--edge-listen", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{EdgePort}"), "--tenant-listen", "127.0.0.1:0", "--no-portal", "--log-level", "Error");
        var provider = new Provider(program, data, process);
        await provider.AskAsync("tenant", "add", Tenant);
        return provider;
    }

    public void MustBeAlive() => _process.MustBeAlive();

    /// <summary>A repository whose address is <paramref name="target"/>; returns the name of the tenant's access to it.</summary>
    public async Task<string> AddTargetAsync(string repository, string target)
    {
        await AskAsync("repository", "add", repository, "--address", target, "--code-only");
        await AskAsync("quota", "set", Tenant, repository, "1TiB");
        using var key = JsonDocument.Parse(await AskAsync("access-key", "add", Tenant, repository, "--json"));
        return key.RootElement.GetProperty("accessName").GetString()!;
    }

    /// <summary>A gateway's enrolment code.</summary>
    public async Task<string> AddGatewayAsync(string id, int port) =>
        await AskAsync("gateway", "add", id, "--address", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), "--code-only");

    public void Dispose() => _process.Dispose();

    private async Task<string> AskAsync(params string[] arguments) => (await Shell.RunAsync(_program, [.. arguments, "--data", _data])).Trim();
}
