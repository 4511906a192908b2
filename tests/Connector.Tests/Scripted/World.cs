using System.Net;
using System.Net.Sockets;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Failover;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Scripted;

/// <summary>A provider with gateways on addresses of their own and one port, and an enrolled connector in a folder of its own.</summary>
internal sealed class World : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private readonly List<ScriptedGateway> _gateways = [];

    private World(string folder, TestAuthority authority, ScriptedProvider provider, int port)
    {
        Folder = folder;
        Authority = authority;
        Provider = provider;
        Port = port;
    }

    public string Folder { get; }

    public string Data => Path.Combine(Folder, "connector");

    public TestAuthority Authority { get; }

    public ScriptedProvider Provider { get; }

    public int Port { get; }

    public IReadOnlyList<ScriptedGateway> Gateways => _gateways;

    public string PublicName => "cc." + TestAuthority.Zone;

    /// <summary><paramref name="count"/> gateways on 127.0.x.y; the connector is enrolled.</summary>
    public static async Task<World> StartAsync(int count)
    {
        var folder = Directory.CreateTempSubdirectory("headgate-connector-").FullName;
        var authority = new TestAuthority();
        var provider = await ScriptedProvider.StartAsync(authority, Path.Combine(folder, "storage"));
        for (var tries = 0; ; tries++)
        {
            // One port that is free on every address: addresses of this world alone make a clash unlikely, and another draw mends it.
            var third = Random.Shared.Next(1, 250);
            var second = Random.Shared.Next(1, 250);
            var opened = new List<ScriptedGateway>();
            try
            {
                for (var i = 0; i < count; i++)
                {
                    var port = opened.Count == 0 ? 0 : opened[0].Endpoint.Port;
                    opened.Add(new ScriptedGateway(IPAddress.Parse($"127.{second}.{third}.{i + 11}"), port, provider.Endpoint));
                }
            }
            catch (SocketException) when (tries < 20)
            {
                foreach (var gateway in opened)
                {
                    await gateway.DisposeAsync();
                }

                continue;
            }

            var world = new World(folder, authority, provider, opened[0].Endpoint.Port);
            world._gateways.AddRange(opened);
            world.UseList(1, [.. Enumerable.Range(0, count)]);
            using var identity = authority.Connector(world.Port);
            identity.Save(world.Data);
            new StateFolder(world.Data).SaveSettings(new ConnectorSettings("pc1", null));
            return world;
        }
    }

    /// <summary>The provider's list: gateways by index, best first.</summary>
    public void UseList(long version, int[] order) => Provider.Gateways = new GatewayList(
        version, false, [.. order.Select((index, rank) => Entry(index, rank + 1))]);

    public GatewayEntry Entry(int index, int rank) =>
        new(rank, $"gtw{index + 1}", _gateways[index].Endpoint.Address.ToString(), Port, "load 0.0");

    /// <summary>A clock that stands still: no dial over it ends for want of time unless the test moves it.</summary>
    public static ManualTimeProvider StillClock() => new(DateTimeOffset.UtcNow);

    /// <summary>Runs the program; its two outputs are in what it returns.</summary>
    public async Task<(int Code, string Output, string Error)> RunAsync(string[] args, bool withData = true, TimeProvider? time = null)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        using var stop = new UserStop();
        var program = new ConnectorProgram(new ConnectorConsole(output, error, false, false), stop, time ?? TimeProvider.System);
        var code = await program.RunAsync([.. args, .. args.Contains("--") ? [] : withData ? Options : Options[2..]]).WaitAsync(s_patience);
        return (code, output.ToString(), error.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }

        await Provider.DisposeAsync();
        Authority.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Every command's; behind a "--" everything is the tool's, so such calls bring these themselves.</summary>
    public string[] Options =>
        ["--data", Data, "--resolve", $"{PublicName}={string.Join(',', _gateways.Select(gateway => gateway.Endpoint.Address))}"];
}
