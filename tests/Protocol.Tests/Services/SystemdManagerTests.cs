using Headgate.Protocol.Services;

namespace Headgate.Protocol.Tests.Services;

/// <summary>What systemd is told, over a socket of the test's own.</summary>
public sealed class SystemdManagerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_OverAPathOrAnAbstractName_ArriveOneByOne(bool isAbstract)
    {
        using var socket = new NotifySocket(isAbstract ? $"@headgate-test-{Guid.NewGuid():N}" : Path.Combine(_folder.Path, "notify"));
        using var manager = SystemdManager.From(Variables(("NOTIFY_SOCKET", socket.Name)))!;

        manager.Ready("serves\r\nall");
        manager.Status("2 active connections\u2028here");
        manager.Stopping("draining");
        manager.ExtendTimeout(TimeSpan.FromSeconds(15));
        manager.Alive();

        Assert.Equal("READY=1\nSTATUS=serves all", await socket.NextAsync());
        Assert.Equal("STATUS=2 active connections here", await socket.NextAsync());
        Assert.Equal("STOPPING=1\nSTATUS=draining", await socket.NextAsync());
        Assert.Equal("EXTEND_TIMEOUT_USEC=15000000", await socket.NextAsync());
        Assert.Equal("WATCHDOG=1", await socket.NextAsync());
        Assert.False(socket.HasMore);
        Assert.Equal(0, manager.Lost);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("relative")]
    [InlineData("vsock:2:1234")]
    public void From_WhenNoSocketIsNamed_IsNobody(string? name) => Assert.Null(SystemdManager.From(Variables(("NOTIFY_SOCKET", name))));

    [Fact]
    public void From_WhenTheNameIsTooLong_IsNobody() => Assert.Null(SystemdManager.From(Variables(("NOTIFY_SOCKET", "/" + new string('x', 200)))));

    [Fact]
    public void Messages_WhenNobodyListens_AreLostAndCounted()
    {
        using var manager = SystemdManager.From(Variables(("NOTIFY_SOCKET", Path.Combine(_folder.Path, "nobody"))))!;
        manager.Ready("serves");
        manager.Alive();
        Assert.Equal(2, manager.Lost);
    }

    [Fact]
    public async Task Messages_WhenTheManagerDoesNotRead_NeverWait()
    {
        using var socket = new NotifySocket(Path.Combine(_folder.Path, "notify"));
        using var manager = SystemdManager.From(Variables(("NOTIFY_SOCKET", socket.Name)))!;
        for (var i = 0; i < 100_000 && manager.Lost == 0; i++)
        {
            manager.Status(new string('x', 1000));
        }

        Assert.True(manager.Lost > 0, "A queue without an end.");
        while (socket.HasMore)
        {
            await socket.NextAsync();
        }

        manager.Status("there again");
        Assert.Equal("STATUS=there again", await socket.NextAsync());
    }

    [Theory]
    [InlineData("10000000", null, 5)]
    [InlineData("10000000", "", 5)]
    [InlineData("10000000", "1", null)]
    [InlineData("10000000", "x", null)]
    [InlineData("0", null, null)]
    [InlineData("-5", null, null)]
    [InlineData("soon", null, null)]
    [InlineData(null, null, null)]
    public void WatchdogInterval_IsHalfOfWhatIsAllowedToThisProcess(string? allowed, string? pid, int? seconds)
    {
        using var manager = SystemdManager.From(Variables(
            ("NOTIFY_SOCKET", "/run/notify"), ("WATCHDOG_USEC", allowed), ("WATCHDOG_PID", pid)))!;
        Assert.Equal(seconds, manager.WatchdogInterval?.TotalSeconds);
    }

    [Fact]
    public void WatchdogInterval_WhenThisProcessIsNamed_IsSet()
    {
        using var manager = SystemdManager.From(Variables(
            ("NOTIFY_SOCKET", "/run/notify"), ("WATCHDOG_USEC", "2000000"), ("WATCHDOG_PID", $"{Environment.ProcessId}")))!;
        Assert.Equal(TimeSpan.FromSeconds(1), manager.WatchdogInterval);
    }

    private static Func<string, string?> Variables(params (string Name, string? Value)[] variables) =>
        name => variables.FirstOrDefault(variable => variable.Name == name).Value;
}
