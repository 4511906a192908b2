using System.Globalization;

namespace Headgate.EndToEnd.Tests;

/// <summary>
/// A router in a network namespace, and a namespace for each name, joined to it by a veth pair. What is dropped is dropped on the router, between two ends
/// that both know nothing of it: no answer, no reset, no error.
/// </summary>
internal sealed class RoutedNetwork : IAsyncDisposable
{
    /// <summary>All addresses are below it; other networks of the same kind have the same, as nothing leads from one to the other.</summary>
    public const string Prefix = "10.77.0";

    private const string Router = "10.77.255.1";
    private readonly Namespace _router;
    private readonly Dictionary<string, (Namespace Place, string Address)> _places = [];

    private RoutedNetwork(Namespace router) => _router = router;

    /// <summary>The namespace of that name, or null.</summary>
    public Namespace? this[string name] => _places.TryGetValue(name, out var known) ? known.Place : null;

    public static async Task<RoutedNetwork> StartAsync()
    {
        var router = await Namespace.WithNetworkAsync(nameServer: "127.0.0.53");
        var made = new RoutedNetwork(router);
        try
        {
            (await router.RunAsync("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")).Succeeded();
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>A namespace with one address, from which all others are reached.</summary>
    public async Task AddAsync(string name, string address)
    {
        var place = await _router.BesideAsync();
        _places.Add(name, (place, address));
        await IpAsync(_router, $"link add {Device(name)} type veth peer name eth0 netns {place.Target}");
        await IpAsync(_router, $"addr add {Router}/32 dev {Device(name)}");
        await IpAsync(_router, $"link set {Device(name)} up");
        await IpAsync(_router, $"route add {address}/32 dev {Device(name)}");
        await IpAsync(place, $"addr add {address}/32 dev eth0");
        await IpAsync(place, "link set eth0 up");
        await IpAsync(place, $"route add default via {Router} dev eth0 onlink");
    }

    /// <summary>Drops every packet from and to <paramref name="name"/>.</summary>
    public Task CutAsync(string name) => RulesAsync("-I", ["-s", AddressOf(name)], ["-d", AddressOf(name)]);

    /// <summary>Drops every packet between two.</summary>
    public Task CutAsync(string one, string other) => RulesAsync("-I", Between(one, other));

    /// <summary>Undoes <see cref="CutAsync(string)"/>.</summary>
    public Task JoinAsync(string name) => RulesAsync("-D", ["-s", AddressOf(name)], ["-d", AddressOf(name)]);

    /// <summary>Undoes <see cref="CutAsync(string, string)"/>.</summary>
    public Task JoinAsync(string one, string other) => RulesAsync("-D", Between(one, other));

    /// <summary>Lets no more than <paramref name="rate"/>, as tc(8) has it, out of <paramref name="name"/>; why that is not possible here, or null.</summary>
    public async Task<string?> SlowAsync(string name, string rate) =>
        await ShapeAsync(name, $"add dev eth0 root tbf rate {rate} burst 3kb latency 1s") is { ExitCode: not 0 } refused ? refused.Error : null;

    /// <summary>Undoes <see cref="SlowAsync"/>.</summary>
    public async Task HastenAsync(string name) => (await ShapeAsync(name, "del dev eth0 root")).Succeeded();

    /// <summary>Bytes that each has sent, by its name, as the router's devices count them.</summary>
    public Dictionary<string, long> Sent()
    {
        var sent = new Dictionary<string, long>();
        foreach (var line in File.ReadLines($"/proc/{_router.Target}/net/dev").Skip(2))
        {
            var fields = line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries);
            if (fields[0].StartsWith("v-", StringComparison.Ordinal))
            {
                sent[fields[0][2..]] = long.Parse(fields[1], CultureInfo.InvariantCulture);
            }
        }

        return sent;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (place, _) in _places.Values)
        {
            await place.DisposeAsync();
        }

        await _router.DisposeAsync();
    }

    private static string Device(string name) => "v-" + name;

    private static async Task IpAsync(Namespace place, string command) => (await place.RunAsync("ip", command.Split(' '))).Succeeded();

    private Task<Finished> ShapeAsync(string name, string command) => _places[name].Place.RunAsync("tc", ["qdisc", .. command.Split(' ')]);

    private string AddressOf(string name) => _places[name].Address;

    private string[][] Between(string one, string other) =>
        [["-s", AddressOf(one), "-d", AddressOf(other)], ["-s", AddressOf(other), "-d", AddressOf(one)]];

    private async Task RulesAsync(string what, params string[][] rules)
    {
        foreach (var rule in rules)
        {
            (await _router.RunAsync("iptables", ["-w", what, "FORWARD", .. rule, "-j", "DROP"])).Succeeded();
        }
    }
}
