using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Failover;
using Headgate.Connector.Jobs;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Jobs;

/// <summary>What a run's hooks are told of runs that come to nothing.</summary>
public sealed class JobExecutionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _said = new();
    private readonly UserStop _stopping = new();
    private readonly JobStore _store;

    public JobExecutionTests() => _store = new JobStore(new StateFolder(_folder.Path));

    [Fact]
    public async Task RunAsync_WhenStoppedDuringTheHookBefore_TellsTheHookAfterTheCodeOfTheRun()
    {
        var began = Path.Combine(_folder.Path, "began");
        var running = RunAsync(Job() with { Before = $"echo > {began}; exec sleep 60" }, _ => throw new InvalidOperationException("It is opened."));
        await Until.TrueAsync(() => File.Exists(began), () => _said.ToString());
        _stopping.Request(toolWasTold: false);
        Assert.Equal(ExitCodes.Cancelled, await running);
        Assert.Equal("130", ToldTheHookAfter());
    }

    [Fact]
    public async Task RunAsync_WhenStoppedWhileItIsOpened_TellsTheHookAfterTheCodeOfTheRun()
    {
        var code = await RunAsync(Job(), _ =>
        {
            _stopping.Request(toolWasTold: false);
            throw new OperationCanceledException(_stopping.Asked);
        });
        Assert.Equal(ExitCodes.Cancelled, code);
        Assert.Equal("130", ToldTheHookAfter());
    }

    [Fact]
    public async Task RunAsync_WhenItCannotBeOpened_TellsTheHookAfterTheCodeOfTheRunAndKeepsWhy()
    {
        var code = await RunAsync(Job(), _ => throw new ConnectorFailureException(ExitCodes.ClockWrong, "The clock."));
        Assert.Equal(ExitCodes.ClockWrong, code);
        Assert.Equal("71", ToldTheHookAfter());
        Assert.Equal("The clock.", _store.RecordOf("nightly").Last!.Reason);
    }

    [Fact]
    public async Task RunAsync_WhenTheHooksCannotBeStarted_EndsAsAToolThatCannotBe()
    {
        var code = await RunAsync(Job() with { Before = "true", Folder = Path.Combine(_folder.Path, "gone") }, _ => throw new InvalidOperationException("It is opened."));
        Assert.Equal(ExitCodes.ToolNotExecutable, code);
        Assert.Contains("the hook after the tool was not run", _said.ToString(), StringComparison.Ordinal);
        Assert.Contains("job nightly ended with 126", _said.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _stopping.Dispose();
        _said.Dispose();
    }

    private Task<int> RunAsync(JobDefinition job, Func<ConnectorConsole, Task<Session>> open) =>
        new JobExecution(_store, open, new ConnectorConsole(TextWriter.Null, _said, false, false), _stopping, TimeProvider.System).RunAsync(job, JobStarter.Person);

    private string ToldTheHookAfter() => File.ReadAllText(Path.Combine(_folder.Path, "code")).Trim();

    private JobDefinition Job() => new()
    {
        Job = "nightly",
        Run = new ToolRun { Kind = JobKind.Backup, Repository = "nas1", Words = ["restic", "backup", "/home"] },
        After = "echo $HEADGATE_EXIT_CODE > code",
        Folder = _folder.Path,
    };
}
