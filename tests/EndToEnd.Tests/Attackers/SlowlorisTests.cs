using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Headgate.EndToEnd.Tests.Attackers;

/// <summary>Strangers who hold connections open by sending a byte a second, while a tenant backs up over the same gateway.</summary>
public sealed class SlowlorisTests
{
    private const int Slow = 2000;
    private const int Sources = 8;
    private const int Files = 4;

    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task Backup_WhileTwoThousandConnectionsDawdle_Completes(string engine)
    {
        var bytes = (int.TryParse(Environment.GetEnvironmentVariable("HEADGATE_SLOWLORIS_MIB"), CultureInfo.InvariantCulture, out var mib) ? mib : 64) << 20;
        await using var world = await World.StartAsync(gateways: 0);
        var address = $"{world.AddressOf("gtw1")}:{World.PublicPort}";
        var code = await world.CodeAsync("gateway", "add", "gtw1", "--address", address);
        await world.AdoptAsync(new Daemon("gtw1", Programs.Gateway, "run", "--data", world.PathOf("gtw1"), "--code", code, "--listen", address)
        {
            Environment = new Dictionary<string, string?> { ["HEADGATE_RELAY_ENGINE"] = engine },
        });
        var tenant = await world.AddTenantAsync("acme", "100GiB");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        await BackupAsync(desk, "warm", bytes / 8, seed: 1);
        var alone = await BackupAsync(desk, "alone", bytes, seed: 2);

        var before = await RefusedAsync(world);
        using var enough = new CancellationTokenSource();
        var sent = new Dawdling();
        var dawdlers = Enumerable.Range(0, Slow).Select(i => DawdleAsync(world.EndPointOf("gtw1"), SourceOf(world, i), sent, enough.Token)).ToArray();
        await Tool.UntilAsync(() => Volatile.Read(ref sent.Open) > Slow * 0.75, "most slow connections to be open", () => $"{sent.Open} are open; {world.Logs}");
        var beside = await BackupAsync(desk, "beside", bytes, seed: 3);
        var open = Volatile.Read(ref sent.Open);
        await Tool.UntilAsync(
            async () => (await world.GatewayStatusAsync("gtw1")).GetProperty("refused").TryGetProperty("hello-timeout", out _), "slow connections to be ended", () => world.Logs);
        await enough.CancelAsync();
        await Task.WhenAll(dawdlers);

        var refused = await RefusedAsync(world);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{engine}: {bytes >> 20} MiB alone {alone.TotalSeconds:0.00} s, beside {open} slow connections {beside.TotalSeconds:0.00} s: {alone / beside:0.00} of its speed; {sent.Opened} opened, refused {string.Join(", ", refused)}"));

        // A machine that they keep busy may make the silo or the repository late for the tenant, who tries again.
        var reasons = refused.Keys.Where(reason => refused[reason] > before.GetValueOrDefault(reason));
        Assert.Empty(reasons.Except(["hello-timeout", "hello-torn", "handshake-limit", "silo-unreachable", "target-unreachable"]));

        // It serves as before, and holds nothing of them.
        await Tool.UntilAsync(
            async () => (await world.GatewayStatusAsync("gtw1")).GetProperty("descriptors").GetProperty("taken").GetInt32() < 200, "their descriptors to come back", () => world.Logs);
        (await desk.RunAsync("check", ["check", "--read-data"])).Succeeded();
    }

    private static async Task<Dictionary<string, long>> RefusedAsync(World world) =>
        (await world.GatewayStatusAsync("gtw1")).GetProperty("refused").EnumerateObject().ToDictionary(reason => reason.Name, reason => reason.Value.GetInt64());

    /// <summary>Loopback addresses of the world's own network, none of which anything listens on.</summary>
    private static string SourceOf(World world, int i)
    {
        var gateway = world.AddressOf("gtw1");
        return string.Create(CultureInfo.InvariantCulture, $"{gateway[..gateway.LastIndexOf('.')]}.{200 + (i % Sources)}");
    }

    private static async Task<TimeSpan> BackupAsync(Machine desk, string name, int bytes, int seed)
    {
        var source = await desk.FilesAsync(name, Files, bytes / Files, seed);
        var began = Stopwatch.GetTimestamp();
        (await desk.RunAsync("job", ["backup", "--quiet", source], ["--kind", "backup"])).Succeeded();
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>A hello that never ends, a byte a second; when the gateway ends it, the next one.</summary>
    private static async Task DawdleAsync(IPEndPoint gateway, string from, Dawdling sent, CancellationToken cancellationToken)
    {
        // A record of a client's hello that says it is 300 bytes long.
        byte[] hello = [22, 3, 1, 1, 44, 1, 0, 1, 40, 3, 3];
        while (!cancellationToken.IsCancellationRequested)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            var isOpen = false;
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                await socket.ConnectAsync(gateway, cancellationToken);
                isOpen = true;
                Interlocked.Increment(ref sent.Open);
                Interlocked.Increment(ref sent.Opened);
                for (var at = 0; ; at++)
                {
                    await socket.SendAsync(hello.AsMemory(at % hello.Length, 1), cancellationToken);
                    await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
                }
            }
            catch (SocketException)
            {
                // Ended by the gateway. The next one comes after a moment, as an attacker's program would make it.
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            finally
            {
                if (isOpen)
                {
                    Interlocked.Decrement(ref sent.Open);
                }
            }
        }
    }

    private sealed class Dawdling
    {
        public int Open;
        public long Opened;
    }
}
