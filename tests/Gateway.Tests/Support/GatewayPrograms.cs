using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Headgate.Gateway.Heartbeat;
using Headgate.Protocol.Naming;

namespace Headgate.Gateway.Tests.Support;

/// <summary>Gateways as real processes, with a scripted silo and an echoing tenant API; each has a data folder of its own.</summary>
internal sealed class GatewayPrograms : IAsyncDisposable
{
    private readonly List<GatewayProcess> _processes = [];

    /// <summary>Silo, targets and the folder.</summary>
    public GatewayUnderTest Around { get; } = new();

    public async Task StartSiloAsync() => await Around.Edge.StartAsync();

    /// <summary>Where the gateway <paramref name="name"/> keeps its things, identity included.</summary>
    public string DataOf(string name)
    {
        var folder = Path.Combine(Around.Options.DataFolder, name);
        if (!Directory.Exists(folder))
        {
            Around.Authority.Issue(CertificateRole.Gateway, Around.Edge.GatewayId, port: Around.Edge.Port).Save(folder);
        }

        return folder;
    }

    /// <summary>Runs one, by <c>prlimit</c> when <paramref name="descriptors"/> is given; with much time for slow clients and targets where <paramref name="more"/> says nothing else.</summary>
    public GatewayProcess Start(string name, string listen, string engine, int? descriptors = null, params string[] more)
    {
        string[] run = ["run", "--data", DataOf(name), "--listen", listen, "--relay-engine", engine, .. GatewayProcess.PatientBesides(more), .. more];
        var process = descriptors is { } limit
            ? GatewayProcess.StartProgram("prlimit", [string.Create(CultureInfo.InvariantCulture, $"--nofile={limit}:{limit}"), GatewayProcess.Path, .. run])
            : GatewayProcess.Start(run);
        _processes.Add(process);
        return process;
    }

    /// <summary>What it wrote last, or first: that it is ready does not say that it has written.</summary>
    public GatewayStatus Status(string name)
    {
        GatewayStatus? status = null;
        SpinWait.SpinUntil(() => (status = StatusFile.Read(DataOf(name))) is not null, Eventually.Deadline);
        return status ?? throw new InvalidOperationException("There is no status.");
    }

    /// <summary>Waits for a status that was written from here on.</summary>
    public async Task<GatewayStatus> FreshStatusAsync(string name)
    {
        var now = TimeProvider.System.GetUtcNow();
        await Eventually.TrueAsync(() => Status(name).Written > now, () => $"the status is of {Status(name).Written:O}");
        return Status(name);
    }

    /// <summary>Descriptors that a process has open.</summary>
    public static int Descriptors(GatewayProcess process) => Directory.GetFileSystemEntries($"/proc/{process.Id}/fd").Length;

    /// <summary>Memory that a process has in use, in KiB.</summary>
    public static long ResidentKib(GatewayProcess process) => long.Parse(
        File.ReadLines($"/proc/{process.Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    /// <summary>A connection from an address of this machine's own network, so that one test has many sources.</summary>
    public static async Task<Socket> ConnectAsync(IPEndPoint to, string from = "127.0.0.1")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            await socket.ConnectAsync(to).WaitAsync(Eventually.Deadline);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>TLS to the tenant API.</summary>
    public static async Task<SslStream> TlsAsync(IPEndPoint to, string from = "127.0.0.1")
    {
        var tls = new SslStream(new NetworkStream(await ConnectAsync(to, from), ownsSocket: true));
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "cc.demo.test",
                EnabledSslProtocols = SslProtocols.Tls13,
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            }).WaitAsync(Eventually.Deadline);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    /// <summary>Fails unless TLS comes through and back.</summary>
    public static async Task AssertServedAsync(IPEndPoint to, string from = "127.0.0.1")
    {
        await using var tls = await TlsAsync(to, from);
        await GatewayUnderTest.EchoAsync(tls, "is it there?");
    }

    /// <summary>Reads until the other side ends the connection, however it does so.</summary>
    public static async Task EndedAsync(Socket socket) => _ = await GatewayUnderTest.ReadToEndAsync(socket);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await Around.DisposeAsync();
    }
}
