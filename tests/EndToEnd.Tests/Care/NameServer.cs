using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Headgate.EndToEnd.Tests.Care;

/// <summary>dnsmasq on a loopback port, with the records that a test gives.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private readonly Running _process;

    private NameServer(Running process, string address) => (_process, Address) = (process, address);

    /// <summary>For <c>--dns-server</c>.</summary>
    public string Address { get; }

    /// <param name="options">Such as <c>--host-record=cc.demo.test,192.0.2.1,60</c>.</param>
    public static async Task<NameServer> StartAsync(params string[] options)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)probe.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
        probe.Close();
        var process = Running.Start(
            "dnsmasq",
            ["--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces", "--listen-address=127.0.0.1", "--port=" + port, "--pid-file=", "--user=", "--local=/test/", .. options],
            Tool.SystemPath);
        try
        {
            await process.UntilSaysAsync("started");
            return new NameServer(process, "127.0.0.1:" + port);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
