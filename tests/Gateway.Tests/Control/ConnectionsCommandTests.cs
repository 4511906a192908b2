using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Headgate.Gateway.Tests.Support;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Tests.Control;

/// <summary><c>headgate-gateway connections</c> against real gateways.</summary>
public sealed class ConnectionsCommandTests
{
    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task Connections_OfARunningGateway_AreListedFilteredSortedAndSummedUp(string engine)
    {
        await using var programs = new GatewayPrograms();
        await using var sink = new Sink();
        programs.Around.Edge.Targets["tenant-api"] = sink.Target("tenant-api");
        programs.Around.Edge.Targets["repo1"] = sink.Target("repo1");
        programs.Around.Edge.Routes[GatewayUnderTest.Route('a')] = GatewayUnderTest.To(GatewayUnderTest.Route('a'));
        programs.Around.Edge.Routes[GatewayUnderTest.Route('b')] = GatewayUnderTest.To(GatewayUnderTest.Route('b')) with { Tenant = "other" };
        await programs.StartSiloAsync();
        var process = programs.Start("one", "127.0.0.1:0", engine, null, "--hello-timeout", "60");
        var endPoint = await process.ReadyAsync();

        using var waits = await GatewayPrograms.ConnectAsync(endPoint, "127.0.0.5");
        using var nobodys = await LedAsync(endPoint, "cc.demo.test", 0);
        using var first = await LedAsync(endPoint, GatewayUnderTest.Route('a'), 100_000);

        // Loops take connections in each their own time: the second is younger for certain once the first has come through.
        await Eventually.TrueAsync(() => sink.Bytes > 100_000, () => $"{sink.Bytes} bytes");
        using var second = await LedAsync(endPoint, GatewayUnderTest.Route('a'), 300_000);
        using var others = await LedAsync(endPoint, GatewayUnderTest.Route('b'), 200_000);
        await Eventually.TrueAsync(() => sink.Bytes > 600_000 && programs.Status("one").Active == 4, () => $"{sink.Bytes} bytes");

        // A loop counts what it has moved, so after the target has it.
        var (code, output, error) = (0, "", "");
        await Eventually.TrueAsync(
            async () =>
            {
                (code, output, error) = await GatewayProcess.RunAsync("connections", "--data", programs.DataOf("one"), "--json");
                return code != 0 || Lines(output).Where(line => line.TryGetProperty("id", out _)).Sum(line => line.GetProperty("bytesUp").GetInt64()) > 600_000;
            },
            () => output);
        Assert.True(code == 0, error);
        var lines = Lines(output);
        var listed = lines.Where(line => line.TryGetProperty("id", out _)).ToArray();
        Assert.Equal(5, listed.Length);
        Assert.Equal(
            [((Socket)second).LocalEndPoint!.ToString(), others.LocalEndPoint!.ToString(), first.LocalEndPoint!.ToString()],
            listed.Take(3).Select(line => line.GetProperty("source").GetString()));
        Assert.Equal((GatewayUnderTest.Route('a'), "acme", "repo1"), Named(listed[0]));
        Assert.InRange(listed[0].GetProperty("bytesUp").GetInt64(), 300_000, 301_000);
        var hello = Assert.Single(listed, line => line.GetProperty("source").GetString() == waits.LocalEndPoint!.ToString());
        Assert.Equal((false, false, "hello"), (hello.TryGetProperty("serverName", out _), hello.TryGetProperty("tenant", out _), hello.GetProperty("stage").GetString()));
        Assert.Equal(
            [("acme", 2), ("other", 1), (null, 2)],
            lines.Where(line => line.TryGetProperty("total", out _)).Select(line => line.GetProperty("total"))
                .Select(total => (total.TryGetProperty("tenant", out var tenant) ? tenant.GetString() : null, total.GetProperty("connections").GetInt32())));

        (code, output, _) = await GatewayProcess.RunAsync("connections", "--data", programs.DataOf("one"), "--json", "--tenant", "acme", "--sort", "age");
        var acmes = Lines(output).Where(line => line.TryGetProperty("id", out _)).ToArray();
        Assert.Equal([first.LocalEndPoint!.ToString(), second.LocalEndPoint!.ToString()], acmes.Select(line => line.GetProperty("source").GetString()));

        (code, output, _) = await GatewayProcess.RunAsync("connections", "--data", programs.DataOf("one"), "--sort", "idle");
        Assert.Equal(0, code);
        Assert.StartsWith("SOURCE", output, StringComparison.Ordinal);
        Assert.Contains("CONNECTIONS", output, StringComparison.Ordinal);
        Assert.Contains(second.LocalEndPoint!.ToString()!, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_WhenTheCommandLineIsWrongOrNothingRuns_SaysSoWithItsOwnCode()
    {
        await using var programs = new GatewayPrograms();
        await programs.StartSiloAsync();
        var data = programs.DataOf("one");
        Assert.Equal(
            (2, "--sort is 'size'; allowed are bytes, age and idle."), Said(await GatewayProcess.RunAsync("connections", "--data", data, "--sort", "size")));
        var (code, said) = Said(await GatewayProcess.RunAsync("connections", "--data", data, "--tenant", "Acme Inc."));
        Assert.Equal(2, code);
        Assert.StartsWith("--tenant 'Acme Inc.' is no tenant's id: 1 to 24 characters", said, StringComparison.Ordinal);
        (code, said) = Said(await GatewayProcess.RunAsync("connections", "--data", data));
        Assert.Equal(3, code);
        Assert.StartsWith($"No gateway runs with --data {data}.", said, StringComparison.Ordinal);

        // What a killed one leaves is nobody's.
        var process = programs.Start("one", "127.0.0.1:0", "auto");
        await process.ReadyAsync();
        await AnswersAsync(data);
        process.Kill();
        await process.EndAsync();
        Assert.True(File.Exists(Path.Combine(data, "control.sock")));
        Assert.Equal(3, Said(await GatewayProcess.RunAsync("connections", "--data", data)).Code);
        var again = programs.Start("one", "127.0.0.1:0", "auto");
        await again.ReadyAsync();
        await AnswersAsync(data);
    }

    /// <summary><c>bench/hostile/run</c> sets <c>HEADGATE_LISTED</c> to 10000.</summary>
    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task Connections_WhenThereAreVeryMany_AreAllListedAgainAndAgain(string engine)
    {
        const int Reads = 20;
        var count = int.TryParse(Environment.GetEnvironmentVariable("HEADGATE_LISTED"), CultureInfo.InvariantCulture, out var given) ? given : 1000;
        await using var programs = new GatewayPrograms();
        await using var sink = new Sink();
        programs.Around.Edge.Targets["tenant-api"] = sink.Target("tenant-api");
        await programs.StartSiloAsync();
        var process = programs.Start("one", "127.0.0.1:0", engine);
        var endPoint = await process.ReadyAsync();
        var sockets = new ConcurrentBag<Socket>();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
            sockets.Add(await LedAsync(endPoint, "cc.demo.test", 0, $"127.0.3.{1 + (i % 100)}")));
        await Eventually.EqualAsync((long)count, () => programs.Status("one").Active);

        // The first reads are the compiler's.
        await ReadAsync(5);
        var (before, began) = (Processor(process), Stopwatch.GetTimestamp());
        await ReadAsync(Reads);
        var (used, elapsed) = (Processor(process) - before, Stopwatch.GetElapsedTime(began));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{engine}: one reading of {count} connections takes {elapsed.TotalMilliseconds / Reads:0.0} ms, {used.TotalMilliseconds / Reads:0.0} ms of them the gateway's processor time"));
        foreach (var socket in sockets)
        {
            socket.Dispose();
        }

        async Task ReadAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                using var socket = Headgate.Gateway.Control.ControlSocket.Connect(programs.DataOf("one"));
                await using var stream = new NetworkStream(socket);
                await stream.WriteAsync("connections\n"u8.ToArray());
                using var reader = new StreamReader(stream);
                var text = await reader.ReadToEndAsync().WaitAsync(Eventually.Deadline);
                Assert.EndsWith($"{{\"count\":{count}}}\n", text, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>A gateway that is ready takes connections; its control socket may come a moment later.</summary>
    private static async Task AnswersAsync(string data)
    {
        (int Code, string Error) said = default;
        await Eventually.TrueAsync(async () => (said = Said(await GatewayProcess.RunAsync("connections", "--data", data))).Code == 0, () => $"{said}");
    }

    private static (int Code, string Error) Said((int Code, string Output, string Error) ended) => (ended.Code, ended.Error.Trim());

    private static (string?, string?, string?) Named(JsonElement line) =>
        (line.GetProperty("serverName").GetString(), line.GetProperty("tenant").GetString(), line.GetProperty("target").GetString());

    private static JsonElement[] Lines(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private static TimeSpan Processor(GatewayProcess process)
    {
        using var observed = Process.GetProcessById(process.Id);
        return observed.TotalProcessorTime;
    }

    private static async Task<Socket> LedAsync(IPEndPoint endPoint, string name, int bytes, string from = "127.0.0.1")
    {
        var socket = await GatewayPrograms.ConnectAsync(endPoint, from);
        await socket.SendAsync(new HelloBuilder().Name(name).Record());
        for (var sent = 0; sent < bytes;)
        {
            sent += await socket.SendAsync(new byte[bytes - sent]);
        }

        return socket;
    }

    /// <summary>A target that takes all bytes of every connection and says nothing.</summary>
    private sealed class Sink : IAsyncDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly Task _accepting;
        private readonly ConcurrentBag<Task> _serving = [];
        private readonly CancellationTokenSource _stop = new();
        private long _bytes;

        public Sink()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(1024);
            _accepting = AcceptAsync();
        }

        public long Bytes => Volatile.Read(ref _bytes);

        public RelayTarget Target(string id) => new(id, "127.0.0.1", ((IPEndPoint)_listener.LocalEndPoint!).Port, new byte[32]);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _accepting;
            await Task.WhenAll(_serving);
            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _serving.Add(DrainAsync(await _listener.AcceptAsync(_stop.Token)));
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }

        private async Task DrainAsync(Socket socket)
        {
            using var owned = socket;
            var buffer = new byte[2048];
            try
            {
                while (await socket.ReceiveAsync(buffer, _stop.Token) is > 0 and var received)
                {
                    Interlocked.Add(ref _bytes, received);
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Ended by the other side, or by the test.
            }
        }
    }
}
