using System.Net.Sockets;
using System.Text;
using Headgate.Gateway.Control;
using Headgate.Gateway.Tests.Support;
using Headgate.Gateway.Traffic;
using Headgate.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Gateway.Tests.Control;

public sealed class ControlServerTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<ConnectionInfo> _connections = [];
    private readonly List<ControlServer> _servers = [];

    [Theory]
    [InlineData("connections\n", 3)]
    [InlineData("connections acme\n", 2)]
    [InlineData("connections nobody\n", 0)]
    public async Task Answer_WhenAsked_ListsThoseThatWereAskedForAndCountsThem(string request, int count)
    {
        _connections.AddRange([Info(1, "acme"), Info(2, null), Info(3, "acme")]);
        await StartAsync(_folder.Path);
        var lines = (await AskAsync(_folder.Path, request)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($"{{\"count\":{count}}}", lines[^1]);
        Assert.Equal(count, lines.Length - 1);
        if (count == 3)
        {
            Assert.Equal(
                "{\"id\":1,\"stage\":\"relay\",\"source\":\"192.0.2.1:5\",\"serverName\":\"a name\",\"tenant\":\"acme\",\"target\":\"repo1\",\"ageSeconds\":61.2345,\"idleSeconds\":0.5,\"bytesUp\":1,\"bytesDown\":100}",
                lines[0]);
            Assert.DoesNotContain("tenant", lines[1], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("connections a b\n")]
    [InlineData("shutdown\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    public async Task Answer_WhenTheRequestIsNotUnderstood_SaysWhatCanBeAsked(string request)
    {
        await StartAsync(_folder.Path);
        Assert.Equal("{\"error\":\"Only this can be asked: connections [TENANT]\"}\n", await AskAsync(_folder.Path, request));
    }

    [Fact]
    public async Task Server_WhenClientsComeAndGoInAnyWay_StillAnswersTheNext()
    {
        _connections.AddRange(Enumerable.Range(0, 20_000).Select(i => Info(i, "acme")));
        await StartAsync(_folder.Path);
        for (var i = 0; i < 12; i++)
        {
            using var rude = ControlSocket.Connect(_folder.Path);
            await rude.SendAsync(Encoding.ASCII.GetBytes(i % 3 == 0 ? "connections\n" : i % 3 == 1 ? "conn" : new string('x', 1000)));
        }

        Assert.EndsWith("{\"count\":20000}\n", await AskAsync(_folder.Path, "connections\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_WhileItIsThere_IsItsOwnersAloneAndGoesWithTheServer()
    {
        var path = ControlSocket.PathIn(_folder.Path);
        await File.WriteAllTextAsync(path, "what a killed process left");
        var server = await StartAsync(_folder.Path);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        await server.StopAsync(CancellationToken.None);
        Assert.False(File.Exists(path));
        Assert.Throws<SocketException>(() => ControlSocket.Connect(_folder.Path));
    }

    [Fact]
    public async Task Socket_WhenTheFoldersPathIsLongerThanASockets_IsReachedAllTheSame()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var folder = Directory.CreateDirectory(_folder[string.Join('/', Enumerable.Repeat(new string('d', 60), 4))]).FullName;
        Assert.True(folder.Length > 200);
        var server = await StartAsync(folder);
        Assert.Equal("{\"count\":0}\n", await AskAsync(folder, "connections\n"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(ControlSocket.PathIn(folder)));
        await server.StopAsync(CancellationToken.None);
        Assert.False(File.Exists(ControlSocket.PathIn(folder)));
    }

    [Fact]
    public async Task Server_WhenTheSocketCannotBeMade_LetsTheGatewayRunWithoutIt()
    {
        var server = Server(_folder["is not there"]);
        await server.StartAsync(CancellationToken.None);
        await server.ExecuteTask!.WaitAsync(Eventually.Deadline);
        await server.StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.StopAsync(CancellationToken.None);
            server.Dispose();
        }

        _folder.Dispose();
    }

    private static ConnectionInfo Info(long id, string? tenant) => new(
        id, "relay", "192.0.2.1:5", "a name", tenant, "repo1", TimeSpan.FromSeconds(61.2345), TimeSpan.FromSeconds(0.5), id, 100 * id);

    private ControlServer Server(string folder)
    {
        var server = new ControlServer(folder, () => _connections, TimeProvider.System, NullLogger<ControlServer>.Instance);
        _servers.Add(server);
        return server;
    }

    private async Task<ControlServer> StartAsync(string folder)
    {
        var server = Server(folder);
        await server.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => CanConnect(folder), () => "nobody listens");
        return server;

        static bool CanConnect(string folder)
        {
            try
            {
                using var socket = ControlSocket.Connect(folder);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }

    private static async Task<string> AskAsync(string folder, string request)
    {
        using var socket = ControlSocket.Connect(folder);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync().WaitAsync(Eventually.Deadline);
    }
}
