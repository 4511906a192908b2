using System.Net.Sockets;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Jobs;

namespace Headgate.Connector.Tests.Jobs;

/// <summary>Locks and records of jobs in a folder that is not as it should be.</summary>
public sealed class JobStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly JobStore _store;

    public JobStoreTests() => _store = new JobStore(new StateFolder(_folder.Path));

    [Fact]
    public void TryLock_WhenTheFileCannotBeOpened_SaysSoAndTakesNobodyForItsHolder()
    {
        // To open a socket's name is an error like that of a file system which is read-only: the file is there, and nobody holds it.
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Names of sockets are Unix'.");
        using var service = Bind("service.lock");
        using var job = Bind("nightly.lock");
        Assert.Equal(ExitCodes.StateFolder, Assert.Throws<ConnectorFailureException>(() => _store.TryLockService()).ExitCode);
        Assert.Equal(ExitCodes.StateFolder, Assert.Throws<ConnectorFailureException>(() => _store.TryLock("nightly")).ExitCode);
        Assert.Equal(ExitCodes.StateFolder, Assert.Throws<ConnectorFailureException>(() => _store.IsRunning("nightly")).ExitCode);
    }

    [Fact]
    public void TryLock_WhenHeld_IsRefusedAndSeen()
    {
        Assert.False(_store.IsRunning("nightly"));
        using (_store.TryLock("nightly"))
        {
            Assert.Null(_store.TryLock("nightly"));
            Assert.True(_store.IsRunning("nightly"));
        }

        Assert.False(_store.IsRunning("nightly"));
        using var again = _store.TryLock("nightly");
        Assert.NotNull(again);
    }

    [Fact]
    public async Task TryLock_WhileSomebodyLooks_WaitsForTheLooksEnd()
    {
        _store.TryLock("nightly")!.Dispose();
        var isMine = false;

        // A machine that is busy may end the look too late for one try, not for all of them.
        for (var round = 0; round < 10 && !isMine; round++)
        {
            using var begun = new ManualResetEventSlim();
            var look = new FileStream(Path.Combine(_folder.Path, "jobs", "nightly.lock"), FileMode.Open, FileAccess.Read, FileShare.Read);
            var locking = Task.Run(
                () =>
                {
                    begun.Set();
                    return _store.TryLock("nightly");
                },
                TestContext.Current.CancellationToken);
            begun.Wait(TestContext.Current.CancellationToken);
            Thread.Sleep(5);
            await look.DisposeAsync();
            using var mine = await locking;
            isMine = mine is not null;
        }

        Assert.True(isMine);
    }

    [Fact]
    public void Change_WhenTheRecordIsNoJson_BeginsItAnew()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "jobs"));
        File.WriteAllText(Path.Combine(_folder.Path, "jobs", "nightly.record.json"), "{");
        Assert.Throws<ConnectorFailureException>(() => _store.RecordOf("nightly"));
        _store.Change("nightly", record => record with { Accounted = DateTimeOffset.UnixEpoch });
        Assert.Equal(DateTimeOffset.UnixEpoch, _store.RecordOf("nightly").Accounted);
    }

    public void Dispose() => _folder.Dispose();

    private Socket Bind(string name)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "jobs"));
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder.Path, "jobs", name)));
        return socket;
    }
}
