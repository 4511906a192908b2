using System.Globalization;
using Headgate.Relay.Bench.Peers;

namespace Headgate.Relay.Bench;

/// <summary>Everything that takes part: the provider, the target, the relays. All ends when it is disposed of.</summary>
internal sealed class World : IDisposable
{
    private const int TargetPort = 7000;
    private const int HaProxyPort = 7101;
    private const int NginxPort = 7102;
    private const int GatewayPort = 6191;
    private readonly string _folder;
    private readonly List<IDisposable> _owned = [];
    private readonly List<ChildProcess> _targets = [];
    private Provider _provider = null!;
    private Names _near = null!;
    private Names? _far;

    private World(string folder, LoadTool load)
    {
        _folder = folder;
        Load = load;
    }

    public LoadTool Load { get; }

    public List<Peer> Peers { get; } = [];

    /// <summary>Length of the ClientHello that connections begin with.</summary>
    public int HelloBytes { get; private set; }

    public static async Task<World> StartAsync(Options options, string root, string configuration, bool hasWire)
    {
        // In memory, and seen by nobody outside: it is gone however this ends.
        await Shell.RunAsync("mount", "-t", "tmpfs", "tmpfs", "/run");
        var folder = Directory.CreateDirectory("/run/bench").FullName;
        var world = new World(folder, new LoadTool(Path.Combine(root, "bench/relay/bin/load")));
        try
        {
            await world.StartAllAsync(options, Path.Combine(root, "Server/bin", configuration, "net10.0/headgate-server"), hasWire);
            return world;
        }
        catch
        {
            world.Dispose();
            throw;
        }
    }

    /// <summary>Where <paramref name="peer"/> is reached: on this host, or over the <see cref="Wire"/>.</summary>
    public Place PlaceOf(Peer peer, bool isWire = false) => isWire
        ? new Place(Address(Wire.RelayAddress, peer.Port), _far!.HelloFile, Wire.Tenants)
        : new Place(Address("127.0.0.1", peer.Port), _near.HelloFile);

    /// <exception cref="BenchException">Something has ended.</exception>
    public void MustBeAlive()
    {
        _provider.MustBeAlive();
        _targets.ForEach(target => target.MustBeAlive());
        Peers.ForEach(peer => peer.MustBeAlive());
    }

    public void Dispose()
    {
        for (var i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }
    }

    private static string Address(string address, int port) => string.Create(CultureInfo.InvariantCulture, $"{address}:{port}");

    private async Task StartAllAsync(Options options, string server, bool hasWire)
    {
        // So that ports of connections closed a moment ago do not run out: this is a network of our own.
        await File.WriteAllTextAsync("/proc/sys/net/ipv4/ip_local_port_range", "10000 65535");
        await Shell.RunAsync("ip", "link", "set", "lo", "up");
        _provider = await Provider.StartAsync(server, _folder);
        _owned.Add(_provider);
        _near = await NamesAsync("storage", Address("127.0.0.1", TargetPort));
        HelloBytes = (int)new FileInfo(_near.HelloFile).Length;
        await AddTargetAsync(Load.Program, "target", _near.Target);
        if (hasWire)
        {
            await Wire.MakeAsync();
            _far = await NamesAsync("far", Address(Wire.StorageAddress, TargetPort));
            await AddTargetAsync("ip", "netns", "exec", Wire.Storage, Load.Program, "target", _far.Target);
        }

        Names[] names = _far is null ? [_near] : [_near, _far];
        await AddAsync(options, new NoPeer(TargetPort));
        await AddAsync(options, new HaProxyPeer(_folder, HaProxyPort, names));
        await AddAsync(options, new NginxPeer(_folder, NginxPort, names));
        for (var i = 0; i < options.Gateways.Count; i++)
        {
            var (name, program, arguments) = options.Gateways[i];
            await AddAsync(options, new GatewayPeer(name, _folder, GatewayPort + i, program, [.. arguments, .. options.GatewayArguments], _provider));
        }
    }

    private async Task<Names> NamesAsync(string repository, string target)
    {
        var name = await _provider.AddTargetAsync(repository, target);
        var file = Path.Combine(_folder, repository + ".hello");
        await Hello.MakeAsync(name, file);
        return new Names(name, file, target);
    }

    private async Task AddTargetAsync(string program, params string[] arguments)
    {
        _targets.Add(await ChildProcess.StartAsync("target", Path.Combine(_folder, "target.log"), "ready", program, arguments));
        _owned.Add(_targets[^1]);
    }

    private async Task AddAsync(Options options, Peer peer)
    {
        if (!options.Without.Contains(peer.Name))
        {
            _owned.Add(peer);
            await peer.StartAsync();
            Peers.Add(peer);
        }
    }
}
