using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Headgate.Lookups.Bench;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Tenant;
using Headgate.Silo.Bench;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var quick = args.Contains("--quick");
(int Gateways, int Tenants)[] sizes = quick
    ? [(100, 10_000)]
    : args.Length > 2 ? [(int.Parse(args[1]), int.Parse(args[2]))] : [(1_000, 100_000), (100, 10_000)];
var rate = args.Length > 3 ? int.Parse(args[3]) : 5_000;
var length = TimeSpan.FromSeconds(quick ? 4 : 10);
foreach (var (gateways, tenants) in sizes)
{
    await MeasureAsync(gateways, tenants);
}

async Task MeasureAsync(int gateways, int tenants)
{
    var folder = Directory.CreateTempSubdirectory("hg-bench-").FullName;
    try
    {
        var provider = await Provider.MakeAsync(Path.Combine(folder, "server"), gateways, tenants);
        var (edgePort, tenantPort) = (FreePort(), FreePort());
        using var server = new ServerProcess(args[0], folder);
        await server.StartAsync(edgePort, $"127.0.0.1:{tenantPort}", Provider.Zone);
        await using var fleet = await Fleet.ConnectAsync(provider, provider.TenantKey, edgePort, tenantPort);
        Console.WriteLine($"{gateways:n0} gateways, {tenants:n0} tenants, {provider.Routes.Count:n0} open runs, {gateways + fleet.Connectors.Length:n0} kept connections, {Environment.ProcessorCount} processors for silo and load maker");
        Load.Head();
        var random = new Random(6);
        double Cpu() => server.CpuSeconds;

        // A new silo doubts what it sees for its first 10 s, and code is compiled.
        await QuietlyAsync(TimeSpan.FromSeconds(quick ? 6 : 12));
        var idle = await Load.RunAsync("heartbeats alone, one a second each", 0, length, null!, Cpu, 0);
        await LoadAsync("a path that leads nowhere, refused at once", async n => ((await fleet.Gateways[n % gateways].AskAsync("GET", "/nowhere")).Item1, true));
        await LoadAsync("routes that the gateway was told of", n =>
        {
            var (name, told) = provider.Routes[random.Next(provider.Routes.Count)];
            return fleet.Gateways[told[n % told.Length]].AskAsync("GET", EdgeRoutes.Routes + name);
        });
        await LoadAsync("names of accesses without a connector", n => fleet.Gateways[n % gateways].AskAsync("GET", EdgeRoutes.Routes + provider.Accesses[random.Next(tenants)]));
        await LoadAsync("routes, first asked for (one write each)", n =>
        {
            var (name, told) = provider.Routes[n % provider.Routes.Count];
            var asking = ((n * 7) + 1) % gateways;
            return fleet.Gateways[told.Contains(asking) ? (asking + 1) % gateways : asking].AskAsync("GET", EdgeRoutes.Routes + name);
        }, rate / 5);
        await LoadAsync("lists, by connectors", n => fleet.Connectors[n % fleet.Connectors.Length].AskAsync("GET", TenantRoutes.Gateways));
        Console.WriteLine($"heartbeats that failed: {fleet.Unheard}; the silo holds {server.ResidentMiB:0} MiB");
        Console.WriteLine();

        async Task LoadAsync(string what, Func<int, Task<(long, bool)>> ask, int? other = null)
        {
            await WarmAsync(ask, other ?? rate);
            await Load.RunAsync(what, other ?? rate, length, ask, Cpu, idle);
        }
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

static Task QuietlyAsync(TimeSpan length) => Task.Delay(length);

static async Task WarmAsync(Func<int, Task<(long, bool)>> ask, int rate)
{
    using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
    for (var n = 0; n < rate * 2 && await timer.WaitForNextTickAsync();)
    {
        var burst = Enumerable.Range(n, rate / 100).Select(ask).ToArray();
        await Task.WhenAll(burst);
        n += burst.Length;
    }
}

static int FreePort()
{
    using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    return ((IPEndPoint)socket.LocalEndPoint!).Port;
}
