using System.Globalization;

namespace Headgate.EndToEnd.Tests.Network;

/// <summary>
/// The whole product in a network of its own, with a real name server: <c>cc.&lt;zone&gt;</c> has several A and AAAA records, of which one refuses, one
/// drops every packet, and one is a gateway. Nothing is given with <c>--resolve</c>.
/// </summary>
public sealed class NameServerTests
{
    // Nearer to 127.0.0.1 than any gateway's address, and IPv6 before IPv4: resolvers put all of these first (RFC 6724, rules 6 and 9).
    private const string Refusing = "127.0.3.1";
    private const string Dropping = "127.0.3.2";
    private const string RefusingIPv6 = "fd00::1";
    private const string DroppingIPv6 = "fd00::2";
    private static readonly string[] s_bad = [Refusing, Dropping, RefusingIPv6, DroppingIPv6];

    [Fact]
    public async Task Headgate_WhenAddressesOfThePublicNameRefuseAndDrop_GetsThroughALaterOne()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        await using var network = await Namespace.WithNetworkAsync(nameServer: "127.0.0.53");
        await BlockAsync(network);
        await using var world = await World.StartAsync(gateways: 1, inside: network);
        await using var names = await NameServerAsync(world, network, Refusing, Dropping, RefusingIPv6, DroppingIPv6, world.AddressOf("gtw1"));

        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 3, bytesEach: 100_000);
        (await desk.RunAsync("nightly", ["backup", source])).Succeeded();

        var met = await PacketsAsync(network);
        Assert.All(s_bad, address => Assert.True(met[address] > 0, $"{address} was never tried: {string.Join(", ", met)}"));

        // The last good address goes: every one is named, with why.
        await world["gtw1"].KillAsync();
        var lost = await desk.HeadgateAsync("status");
        Assert.NotEqual(0, lost.ExitCode);
        Assert.All([.. s_bad, world.AddressOf("gtw1")], address => Assert.Contains(address, lost.Error, StringComparison.Ordinal));
        Assert.Contains("refused", lost.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("within 3 s", lost.Error, StringComparison.OrdinalIgnoreCase);

        var stranger = new Machine(world, "acme", "stranger");
        var code = await world.CodeAsync("code", "connector", "acme");
        var refused = await stranger.HeadgateAsync("enroll", code, "--host-name", "stranger");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.All([.. s_bad, world.AddressOf("gtw1")], address => Assert.Contains(address, refused.Error, StringComparison.Ordinal));

        // The code was not spent on that.
        await world["gtw1"].StartAsync();
        (await stranger.HeadgateAsync("enroll", code, "--host-name", "stranger")).Succeeded();
    }

    [Fact]
    public async Task Headgate_WhenTheNameHasNoAddress_SaysSo()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        await using var network = await Namespace.WithNetworkAsync(nameServer: "127.0.0.53");
        await using var world = await World.StartAsync(gateways: 1, inside: network);
        await using var names = await NameServerAsync(world, network);
        await world.AddTenantAsync("acme");
        var machine = new Machine(world, "acme", "desk");
        var refused = await machine.HeadgateAsync("enroll", await world.CodeAsync("code", "connector", "acme"), "--host-name", "desk");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("cc.demo.test", refused.Error, StringComparison.Ordinal);
        Assert.Contains("address", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nat_WhenAFirewallForwardsToTheGateway_TenantsUseTheAdvertisedAddressAndPort()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        const string firewall = "127.251.0.1";
        await using var network = await Namespace.WithNetworkAsync(nameServer: "127.0.0.53");
        await using var world = await World.StartAsync(gateways: 0, inside: network);
        await world.AddGatewayAtAsync("gtw1", firewall + ":4430", "--nat");
        foreach (var port in new[] { "4430", "6180" })
        {
            await RunAsync(network, "iptables", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-d", firewall, "--dport", port,
                "-j", "DNAT", "--to-destination", $"{world.AddressOf("gtw1")}:{World.PublicPort}");
        }

        await using var names = await NameServerAsync(world, network, firewall);
        var tenant = await world.AddTenantAsync("acme");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", files: 3, bytesEach: 100_000);
        (await desk.RunAsync("nightly", ["backup", source])).Succeeded();
        var target = Path.Combine(desk.Folder, "restored");
        (await desk.RunAsync("restore", ["restore", "latest", "--target", target])).Succeeded();
        Assert.Equal(await Machine.SumsAsync(source), await Machine.SumsAsync(target + source));

        var gateways = (await desk.HeadgateAsync("gateways")).Succeeded().Output;
        Assert.Contains(firewall + ":4430", gateways, StringComparison.Ordinal);
        Assert.DoesNotContain(world.AddressOf("gtw1"), gateways, StringComparison.Ordinal);
        var rules = (await network.RunAsync("iptables", "-t", "nat", "-L", "OUTPUT", "-v", "-x", "-n")).Succeeded().Output;
        Assert.All(rules.Split('\n').Where(line => line.Contains("DNAT", StringComparison.Ordinal)), line => Assert.NotEqual("0", Columns(line)[0]));
    }

    /// <summary>dnsmasq, which hands out every record of a name and turns their order round with each answer.</summary>
    private static async Task<Running> NameServerAsync(World world, Namespace network, params string[] addresses)
    {
        var records = addresses.Select(address => $"--host-record=cc.{World.Zone},{address}");
        var (program, arguments) = network.Enter("dnsmasq", [
            "--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--user=", "--group=", "--pid-file=" + world.PathOf("dnsmasq.pid"),
            "--log-facility=-", "--listen-address=127.0.0.53", "--bind-interfaces", $"--local=/{World.Zone}/", .. records]);
        var server = Running.Start(program, arguments, Tool.SystemPath);
        try
        {
            await server.UntilSaysAsync("started");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static async Task BlockAsync(Namespace network)
    {
        // An address that is not loopback: without one, resolvers leave out the whole family.
        await RunAsync(network, "ip", "address", "add", "192.0.2.1/32", "dev", "lo");
        await RunAsync(network, "ip", "-6", "address", "add", RefusingIPv6 + "/128", "dev", "lo");
        await RunAsync(network, "ip", "-6", "address", "add", DroppingIPv6 + "/128", "dev", "lo");
        await RunAsync(network, "iptables", "-A", "INPUT", "-p", "tcp", "--syn", "-d", Refusing, "-j", "REJECT", "--reject-with", "tcp-reset");
        await RunAsync(network, "iptables", "-A", "INPUT", "-p", "tcp", "--syn", "-d", Dropping, "-j", "DROP");
        await RunAsync(network, "ip6tables", "-A", "INPUT", "-p", "tcp", "--syn", "-d", RefusingIPv6, "-j", "REJECT", "--reject-with", "tcp-reset");
        await RunAsync(network, "ip6tables", "-A", "INPUT", "-p", "tcp", "--syn", "-d", DroppingIPv6, "-j", "DROP");
    }

    /// <summary>Connection attempts that each bad address has seen.</summary>
    private static async Task<Dictionary<string, long>> PacketsAsync(Namespace network)
    {
        var packets = new Dictionary<string, long>();
        foreach (var program in new[] { "iptables", "ip6tables" })
        {
            var rules = (await network.RunAsync(program, "-L", "INPUT", "-v", "-x", "-n")).Succeeded().Output;
            foreach (var line in rules.Split('\n').Where(line => line.Contains("DROP ", StringComparison.Ordinal) || line.Contains("REJECT ", StringComparison.Ordinal)))
            {
                var columns = Columns(line);
                packets[s_bad.Single(columns.Contains)] = long.Parse(columns[0], CultureInfo.InvariantCulture);
            }
        }

        return packets;
    }

    private static string[] Columns(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static async Task RunAsync(Namespace network, string program, params string[] arguments) =>
        (await network.RunAsync(program, arguments)).Succeeded();
}
