using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;
using Headgate.Connector.Jobs;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Jobs;

/// <summary>The service's loop over jobs of which some are in a bad way.</summary>
public sealed class JobServiceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _said = [];
    private readonly JobStore _store;

    public JobServiceTests() => _store = new JobStore(new StateFolder(_folder.Path));

    [Fact]
    public async Task Plans_OfMoreThanTheProviderTakes_AreAsManyAsItTakes()
    {
        for (var i = 0; i <= JobService.MaxPlans; i++)
        {
            _store.Save(Job(FormattableString.Invariant($"job{i:000}")));
        }

        _store.Save(Job("job000") with { Schedule = "0" + string.Concat(Enumerable.Repeat(",0", 100)) + " 0 1 1 *" });
        var plans = await RunAsync();
        Assert.Equal(JobService.MaxPlans, plans.Count);
        Assert.Equal(("job001", "job200"), (plans[0].Job, plans[^1].Job));
    }

    [Fact]
    public async Task RunAsync_WhenTheRecordOfAJobCannotBeUsed_LooksAfterThatAndTheOthers()
    {
        _store.Save(Job("broken"));
        _store.Save(Job("killed"));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "jobs", "broken.record.json"));
        _store.Change("killed", record => record with { Running = new RunningRun(DateTimeOffset.UtcNow, 1, "x") });
        Assert.Equal(["broken", "killed"], (await RunAsync()).Select(plan => plan.Job));
        Assert.Contains(_said, said => said.Contains("job broken so far is not known", StringComparison.Ordinal));
        Assert.Contains(_said, said => said.Contains("the run of job killed", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs it until it knows its jobs.</summary>
    private async Task<IReadOnlyList<PlannedJob>> RunAsync()
    {
        using var stop = new CancellationTokenSource();
        using var service = new JobService(_store, new NoStarter(), _said.Add, "acme/pc1", TimeProvider.System);
        var running = service.RunAsync(stop.Token);
        await Until.TrueAsync(() => service.Plans() is not null || running.IsCompleted, () => "it knows no jobs");
        await stop.CancelAsync();
        await running;
        return service.Plans()!;
    }

    private static JobDefinition Job(string name) => new()
    {
        Job = name,
        Run = new ToolRun { Kind = JobKind.Copy, Repository = "nas1", Words = ["restic", "backup", "/home"] },
        Schedule = "0 0 1 1 *",
        Folder = "/",
        Added = DateTimeOffset.UtcNow,
    };

    private sealed class NoStarter : IRunStarter
    {
        public IStartedRun Start(string job) => throw new ConnectorFailureException(ExitCodes.Internal, "Nothing is due.");
    }
}
