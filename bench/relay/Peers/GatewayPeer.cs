using System.Globalization;

namespace Headgate.Relay.Bench.Peers;

/// <summary>A gateway, enrolled with the provider, that looks names up there.</summary>
internal sealed class GatewayPeer(string name, string folder, int port, string program, IReadOnlyList<string> arguments, Provider provider) : Peer(name, port)
{
    private readonly string _id = string.Create(CultureInfo.InvariantCulture, $"gtw{port}");
    private string? _code;

    protected override async Task<ChildProcess?> LaunchAsync()
    {
        _code ??= await provider.AddGatewayAsync(_id, Port);
        var help = await Shell.RunAsync(program, "run", "--help");
        return await ChildProcess.StartAsync(Name, Path.Combine(folder, _id + ".log"), "ready", program, [
            "run", "--data", Path.Combine(folder, _id), "--code", _code, "--listen", string.Create(CultureInfo.InvariantCulture, $"0.0.0.0:{Port}"),
            // All connections here are of one tenant.
            .. help.Contains("--max-connections-per-tenant", StringComparison.Ordinal) ? ["--max-connections-per-tenant", "20000"] : Array.Empty<string>(),
            .. arguments,
        ]);
    }
}
