using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Headgate.Protocol.Enrolment;

namespace Headgate.EndToEnd.Tests;

/// <summary>
/// A provider of one test's own: server, repositories and gateways as real processes, in a loopback network (127.x.y.0/24) and a folder that no other
/// test has. Fails the test when a process died that the test did not kill.
/// </summary>
internal sealed class World : IAsyncDisposable
{
    public const string Zone = "demo.test";
    public const int PublicPort = 6180;

    private readonly Dictionary<string, Daemon> _daemons = [];
    private readonly string _network;
    private readonly string[] _gatewayOptions = [];
    private IReadOnlyDictionary<string, string?>? _serverEnvironment;

    private World(string folder, string network, Namespace? inside)
    {
        Folder = folder;
        _network = network;
        Inside = inside;
    }

    private World(string folder, RoutedNetwork routed)
        : this(folder, RoutedNetwork.Prefix, inside: null) => (Routed, _gatewayOptions) = (routed, ["--drain-timeout", "1"]);

    /// <summary>The network in which each process of this world, and each machine, has a namespace of its own; null when there is none.</summary>
    public RoutedNetwork? Routed { get; }

    /// <summary>Where every process of this world runs, when not on the machine itself; names are then resolved, not given.</summary>
    public Namespace? Inside { get; }

    public string Folder { get; }

    public Daemon Server => _daemons["server"];

    public Daemon this[string name] => _daemons[name];

    public IReadOnlyList<string> GatewayNames { get; private set; } = [];

    /// <summary><c>--resolve</c> for the public name: every gateway's address.</summary>
    public string Resolve => $"cc.{Zone}={string.Join(',', GatewayNames.Select(AddressOf))}";

    public static Task<World> StartAsync(int gateways = 2, int repositories = 1, Namespace? inside = null, params string[] server) =>
        StartAsync(inside, world => world.StartAllAsync(gateways, repositories, server));

    /// <summary>
    /// Server, one repository, gateways and <paramref name="machines"/> in namespaces of their own, behind a router that drops what the test says.
    /// A gateway that is asked to stop gives its connections a second, as nobody would wait for the half minute that is usual.
    /// </summary>
    public static async Task<World> StartRoutedAsync(int gateways, params string[] machines)
    {
        var routed = await RoutedNetwork.StartAsync();
        var world = new World(Directory.CreateTempSubdirectory("hg-").FullName, routed);
        try
        {
            foreach (var name in Enumerable.Range(1, gateways).Select(i => $"gtw{i}").Concat(["server", "repo1"]))
            {
                await routed.AddAsync(name, world.AddressOf(name));
            }

            foreach (var (machine, i) in machines.Select((machine, i) => (machine, i)))
            {
                await routed.AddAsync(machine, $"{RoutedNetwork.Prefix}.{200 + i}");
            }

            await world.StartAllAsync(gateways, 1, []);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the process or machine of that name runs; null for the machine itself.</summary>
    public Namespace? PlaceOf(string name) => Routed?[name] ?? Inside;

    /// <summary>A server alone, with variables of its own.</summary>
    public static Task<World> StartServerAsync(IReadOnlyDictionary<string, string?> environment, params string[] server) =>
        StartAsync(null, world =>
        {
            world._serverEnvironment = environment;
            return world.StartServerAsync(server);
        });

    /// <summary>Starts a gateway or repository that the test enrolled itself.</summary>
    public async Task AdoptAsync(Daemon daemon)
    {
        _daemons[daemon.Name] = daemon;
        if (daemon.Name.StartsWith("gtw", StringComparison.Ordinal))
        {
            GatewayNames = [.. GatewayNames, daemon.Name];
        }

        await daemon.StartAsync();
    }

    /// <summary>Everything that every process of this world printed.</summary>
    public IEnumerable<(string Name, string Line)> Printed => _daemons.Values.SelectMany(daemon => daemon.Lines.Select(line => (daemon.Name, line)));

    /// <summary>Server, gateway and repository in one process.</summary>
    public static Task<World> StartAllInOneAsync() => StartAsync(null, async world =>
    {
        world.GatewayNames = ["gtw1"];
        await world.StartServerAsync("--with-gateway", $"{world.AddressOf("gtw1")}:{PublicPort}", "--with-repository", world.PathOf("repo1"));
        await world.UntilAllReadyAsync(starts: 1);
    });

    /// <summary>Each of the three parts of an all-in-one server says for itself that it serves, at every start.</summary>
    public Task UntilAllReadyAsync(int starts) => Tool.UntilAsync(
        () => Server.Lines.Count(line => line.StartsWith("ready ", StringComparison.Ordinal)) == 3 * starts,
        "all three parts to be ready", () => Server.Log, TimeSpan.FromSeconds(90));

    private static async Task<World> StartAsync(Namespace? inside, Func<World, Task> start)
    {
        var world = new World(Directory.CreateTempSubdirectory("hg-").FullName, FreeNetwork(), inside);
        try
        {
            await start(world);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>The address of the thing with that name; the same name has the same address through every restart.</summary>
    public string AddressOf(string name) => name switch
    {
        "server" => _network + ".1",
        _ when name.StartsWith("gtw", StringComparison.Ordinal) => $"{_network}.{10 + int.Parse(name[3..], CultureInfo.InvariantCulture)}",
        _ when name.StartsWith("repo", StringComparison.Ordinal) => $"{_network}.{100 + int.Parse(name[4..], CultureInfo.InvariantCulture)}",
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Names are server, gtwN and repoN."),
    };

    /// <summary>Where a gateway takes tenants' connections.</summary>
    public IPEndPoint EndPointOf(string gateway) => new(IPAddress.Parse(AddressOf(gateway)), PublicPort);

    public string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>A subcommand of the server.</summary>
    public Task<Finished> AdminAsync(params string[] arguments) => Tool.RunAsync(Programs.Server, [.. arguments, "--data", PathOf("server")]);

    /// <summary>The JSON that a subcommand prints.</summary>
    public async Task<JsonElement> AdminJsonAsync(params string[] arguments)
    {
        var finished = (await AdminAsync([.. arguments, "--json"])).Succeeded();
        return JsonDocument.Parse(finished.Output).RootElement;
    }

    /// <summary>The code that a subcommand prints.</summary>
    public async Task<string> CodeAsync(params string[] arguments) => (await AdminAsync([.. arguments, "--code-only"])).Succeeded().Output.Trim();

    public async Task AddRepositoryAsync(string name, params string[] more)
    {
        var address = AddressOf(name) + ":6183";
        var code = await CodeAsync("repository", "add", name, "--address", address);
        var daemon = new Daemon(name, Programs.Repository, ["run", "--data", PathOf(name), "--code", code, "--listen", address, .. more]) { Inside = PlaceOf(name) };
        _daemons[name] = daemon;
        await daemon.StartAsync();
    }

    public Task AddGatewayAsync(string name, params string[] more) => AddGatewayAtAsync(name, $"{AddressOf(name)}:{PublicPort}", more);

    /// <summary>A gateway that tenants reach at <paramref name="advertised"/>, whatever it listens on.</summary>
    public async Task AddGatewayAtAsync(string name, string advertised, params string[] more)
    {
        var code = await CodeAsync(["gateway", "add", name, "--address", advertised, .. more]);
        var address = $"{AddressOf(name)}:{PublicPort}";
        var daemon = new Daemon(name, Programs.Gateway, ["run", "--data", PathOf(name), "--code", code, "--listen", address, .. _gatewayOptions]) { Inside = PlaceOf(name) };
        _daemons[name] = daemon;
        GatewayNames = [.. GatewayNames, name];
        await daemon.StartAsync();
    }

    /// <summary>A gateway that makes itself with a fleet token's code.</summary>
    public async Task AddFleetGatewayAsync(string name, string code)
    {
        var address = $"{AddressOf(name)}:{PublicPort}";
        var daemon = new Daemon(
            name, Programs.Gateway, "run", "--data", PathOf(name), "--code", code, "--id", name, "--address", address, "--listen", address) { Inside = Inside };
        _daemons[name] = daemon;
        GatewayNames = [.. GatewayNames, name];
        await daemon.StartAsync();
    }

    /// <summary>A tenant with a quota on each of <paramref name="repositories"/>.</summary>
    public async Task<Tenant> AddTenantAsync(string id, string quota = "2GiB", params string[] repositories)
    {
        (await AdminAsync("tenant", "add", id)).Succeeded();
        foreach (var repository in repositories is [] ? ["repo1"] : repositories)
        {
            (await AdminAsync("quota", "set", id, repository, quota)).Succeeded();
        }

        return new Tenant(this, id);
    }

    /// <summary>A gateway's counters as it last wrote them, which it does twice a second. Works after it was killed; one that was started again tells its own.</summary>
    public async Task<JsonElement> GatewayStatusAsync(string name)
    {
        var file = PathOf(name, "status.json");
        JsonElement status = default;
        await Tool.UntilAsync(IsWritten, $"the counters of {name}", () => this[name].Log);
        return status;

        bool IsWritten()
        {
            if (!File.Exists(file))
            {
                return false;
            }

            using var read = JsonDocument.Parse(File.ReadAllBytes(file));
            status = read.RootElement.Clone();
            return !this[name].IsRunning || status.GetProperty("pid").GetInt32() == this[name].Pid;
        }
    }

    /// <summary>The SP's root certificate as a PEM file, for stock clients.</summary>
    public async Task<string> AuthorityFileAsync()
    {
        var path = PathOf("authority.pem");
        await File.WriteAllTextAsync(path, (await AdminAsync("authority")).Succeeded().Output);
        return path;
    }

    /// <summary>What a program enrolled as, by its name.</summary>
    public ProgramIdentity IdentityOf(string name) => IdentityIn(PathOf(name));

    /// <summary>What was enrolled in <paramref name="folder"/>, wherever below it the program keeps that.</summary>
    public static ProgramIdentity IdentityIn(string folder)
    {
        var place = Directory.EnumerateFiles(folder, "identity.json", SearchOption.AllDirectories).Single();
        return ProgramIdentity.TryLoad(Path.GetDirectoryName(place)!, out var identity)
            ? identity
            : throw new InvalidOperationException($"No identity in {folder}.");
    }

    /// <summary>What every process logged, for a failing test.</summary>
    public string Logs => string.Join('\n', _daemons.Values.Select(daemon => daemon.Log));

    public async ValueTask DisposeAsync()
    {
        foreach (var daemon in _daemons.Values)
        {
            await daemon.DisposeAsync();
        }

        if (Routed is not null)
        {
            await Routed.DisposeAsync();
        }

        await DeleteAsync(Folder);
    }

    /// <summary>What a killed program had started may outlive it for a moment, and write.</summary>
    private static async Task DeleteAsync(string folder)
    {
        for (var tries = 5; ; tries--)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
                return;
            }
            catch (IOException) when (tries > 1)
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }

    private async Task StartServerAsync(params string[] more)
    {
        var server = AddressOf("server");
        var daemon = new Daemon(
            "server", Programs.Server,
            ["run", "--data", PathOf("server"), "--zone", Zone, "--edge-listen", server + ":6181", "--tenant-listen", server + ":6182",
                "--portal-listen", server + ":6184", "--site-listen", server + ":6185", .. more]) { Inside = PlaceOf("server"), Environment = _serverEnvironment };
        _daemons["server"] = daemon;
        await daemon.StartAsync();
    }

    private async Task StartAllAsync(int gateways, int repositories, string[] server)
    {
        await StartServerAsync(server);
        for (var i = 1; i <= repositories; i++)
        {
            await AddRepositoryAsync($"repo{i}");
        }

        for (var i = 1; i <= gateways; i++)
        {
            await AddGatewayAsync($"gtw{i}");
        }
    }

    /// <summary>A /24 of loopback that nobody listens in: the kernel says so.</summary>
    private static string FreeNetwork()
    {
        while (true)
        {
            var network = $"127.{Random.Shared.Next(20, 250)}.{Random.Shared.Next(1, 250)}";
            try
            {
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                probe.Bind(new IPEndPoint(IPAddress.Parse(network + ".1"), 6181));
                return network;
            }
            catch (SocketException)
            {
                // Taken: try another.
            }
        }
    }
}
