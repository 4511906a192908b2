namespace Headgate.EndToEnd.Tests.Care;

/// <summary>dnsmasq in a world's network, with the records that a test gives.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    // Below those that the kernel gives to connections.
    private const int Port = 6190;

    private readonly Running _process;

    private NameServer(Running process, string address) => (_process, Address) = (process, address);

    /// <summary>For <c>--dns-server</c>.</summary>
    public string Address { get; }

    /// <param name="options">Such as <c>--host-record=cc.demo.test,192.0.2.1,60</c>.</param>
    public static async Task<NameServer> StartAsync(World world, params string[] options)
    {
        var address = world.AddressOf("server");
        address = address[..address.LastIndexOf('.')] + ".53";
        var process = Running.Start(
            "dnsmasq",
            ["--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces", $"--listen-address={address}", $"--port={Port}", "--pid-file=", "--user=", "--local=/test/", .. options],
            Tool.SystemPath);
        try
        {
            await process.UntilSaysAsync("started", TimeSpan.FromSeconds(60));
            return new NameServer(process, $"{address}:{Port}");
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
