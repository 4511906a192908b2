using System.Diagnostics;

namespace Headgate.Portal.Tests;

public sealed class LiveHubTests
{
    private const string Reads = "ITenantGrain.GetAsync";
    private const string Asks = "IChangeLog.ReadAsync";

    [Fact]
    public async Task Watch_WhenAHundredWatchOneQuery_CostsTheGrainsOneReadAChange()
    {
        await using var host = await StartAsync("acme");
        var watchers = Enumerable.Range(0, 100).Select(_ => new Watcher(host.Hub, "acme")).ToArray();
        foreach (var watcher in watchers)
        {
            await watcher.UntilAsync("Tenant acme");
        }

        Assert.Equal(1, host.Hub.Watched);
        await SettleAsync(host);
        // What the change itself reads is counted while no round reads.
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await InterveneAsync(host, () => held.Task);
        var before = host.Calls[Reads];
        await RenameAsync(host, "acme", "Acme");
        var own = host.Calls[Reads] - before;
        host.Calls.Before = null;
        held.SetResult();
        foreach (var watcher in watchers)
        {
            await watcher.UntilAsync("Acme");
        }

        await SettleAsync(host);
        Assert.Equal(1, host.Calls[Reads] - before - own);
        Array.ForEach(watchers, watcher => watcher.Dispose());
    }

    [Fact]
    public async Task Watch_WhenAThingChanges_TellsInAtMostTwoRounds()
    {
        await using var host = await StartAsync("acme");
        using var watcher = new Watcher(host.Hub, "acme");
        await watcher.UntilAsync("Tenant acme");
        await SettleAsync(host);
        var most = int.MaxValue;
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Calls.Before = (method, _) => method == Asks && host.Calls[Asks] > Volatile.Read(ref most) ? held.Task : Task.CompletedTask;
        await RenameAsync(host, "acme", "Acme");
        // One may be under way that began before the change was written; a third does not come.
        Volatile.Write(ref most, host.Calls[Asks] + 2);
        await watcher.UntilAsync("Acme");
        held.SetResult();
    }

    [Fact]
    public async Task Watch_WhenAnotherThingChanges_ReadsNothing()
    {
        await using var host = await StartAsync("acme", "beta");
        using var watcher = new Watcher(host.Hub, "acme");
        await watcher.UntilAsync("Tenant acme");
        await SettleAsync(host);
        await RenameAsync(host, "beta", "Beta");
        var before = host.Calls[Reads];
        await SettleAsync(host);
        Assert.Equal(before, host.Calls[Reads]);
    }

    [Fact]
    public async Task Watch_WhenAWatcherIsSlow_HoldsNobodyUpAndSkipsToTheLatest()
    {
        await using var host = await StartAsync("acme");
        var hold = new TaskCompletionSource();
        using var slow = new Watcher(host.Hub, "acme", hold.Task);
        using var quick = new Watcher(host.Hub, "acme");
        await slow.UntilAsync("Tenant acme");
        for (var i = 1; i <= 4; i++)
        {
            await RenameAsync(host, "acme", $"Acme {i}");
            await quick.UntilAsync($"Acme {i}");
        }

        Assert.Equal("Tenant acme", slow.Name);
        hold.SetResult();
        await slow.UntilAsync("Acme 4");
        Assert.DoesNotContain(slow.Told, value => value.Value?.DisplayName is "Acme 2" or "Acme 3");
    }

    [Fact]
    public async Task Watch_WhenAnotherQueryDoesNotAnswer_GoesOn()
    {
        await using var host = await StartAsync("acme", "beta");
        var stuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var acme = new Watcher(host.Hub, "acme");
        using var beta = new Watcher(host.Hub, "beta");
        await acme.UntilAsync("Tenant acme");
        await beta.UntilAsync("Tenant beta");
        await SettleAsync(host);
        host.Calls.Before = (method, key) => method == Reads && key.Contains("beta", StringComparison.Ordinal) ? stuck.Task : Task.CompletedTask;
        await RenameAsync(host, "beta", "Beta");
        var clock = Stopwatch.StartNew();
        await SettleAsync(host, rounds: 2);
        for (var i = 1; i <= 3; i++)
        {
            await RenameAsync(host, "acme", $"Acme {i}");
            await acme.UntilAsync($"Acme {i}");
        }

        Assert.Equal("Tenant beta", beta.Name);
        // A read gives up after 10 s, and is then tried again.
        Assert.False(beta.Last.IsStale && clock.Elapsed < TimeSpan.FromSeconds(9), "The read gave up at once.");
        stuck.SetResult();
        await Until.HoldsAsync(() => Later(host, beta.Name == "Beta"), () => $"Last told: {beta.Last}");
    }

    [Fact]
    public async Task Watch_WhenReadsFail_SaysStaleAndRecoversByItself()
    {
        await using var host = await StartAsync("acme");
        using var watcher = new Watcher(host.Hub, "acme");
        await watcher.UntilAsync("Tenant acme");
        await SettleAsync(host);
        host.Calls.Before = (method, _) => method == Reads ? throw new InvalidOperationException("The disk is gone.") : Task.CompletedTask;
        await RenameAsync(host, "acme", "Acme");
        await watcher.UntilAsync(value => value.IsStale);
        Assert.Equal("Tenant acme", watcher.Name);
        host.Calls.Before = null;
        await Until.HoldsAsync(() => Later(host, watcher is { Name: "Acme", Last.IsStale: false }), () => $"Last told: {watcher.Last}");
    }

    [Fact]
    public async Task Watch_WhenTheFirstReadFails_IsReadAgain()
    {
        await using var host = await StartAsync("acme");
        host.Calls.Before = (method, _) => method == Reads ? throw new InvalidOperationException("The disk is gone.") : Task.CompletedTask;
        using var watcher = new Watcher(host.Hub, "acme");
        await watcher.UntilAsync(value => value is { IsStale: true, HasValue: false });
        host.Calls.Before = null;
        await Until.HoldsAsync(() => Later(host, watcher.Name == "Tenant acme"), () => $"Last told: {watcher.Last}");
    }

    [Fact]
    public async Task Watch_WhenTheChangeLogFails_MissesNothing()
    {
        await using var host = await StartAsync("acme");
        using var watcher = new Watcher(host.Hub, "acme");
        await watcher.UntilAsync("Tenant acme");
        await SettleAsync(host);
        await InterveneAsync(host, () => throw new InvalidOperationException("The disk is gone."));
        await RenameAsync(host, "acme", "Acme");
        await SettleAsync(host);
        Assert.Equal("Tenant acme", watcher.Name);
        host.Calls.Before = null;
        await watcher.UntilAsync("Acme");
    }

    [Fact]
    public async Task Watch_WhenRefused_SaysWhyUntilTheThingIsThere()
    {
        await using var host = await StartAsync("acme");
        using var watcher = new Watcher(host.Hub, "later");
        await watcher.UntilAsync(value => value.Refusal?.Reason == RefusalReason.NotFound);
        await CreateAsync(host, "later");
        await watcher.UntilAsync("Tenant later");
        Assert.Null(watcher.Last.Refusal);
    }

    [Fact]
    public async Task Watch_WhenTheLastWatcherGoes_ForgetsTheQueryAndAsksNothing()
    {
        await using var host = await StartAsync("acme");
        var first = new Watcher(host.Hub, "acme");
        var second = new Watcher(host.Hub, "acme");
        await first.UntilAsync("Tenant acme");
        await second.UntilAsync("Tenant acme");
        first.Dispose();
        Assert.Equal(1, host.Hub.Watched);
        await RenameAsync(host, "acme", "Acme");
        await second.UntilAsync("Acme");
        Assert.Equal("Tenant acme", first.Name);
        second.Dispose();
        second.Dispose();
        Assert.Equal(0, host.Hub.Watched);

        await RenameAsync(host, "acme", "Acme again");
        using var third = new Watcher(host.Hub, "acme");
        await third.UntilAsync("Acme again");
    }

    [Fact]
    public async Task Watch_WhenPagesComeAndGoDuringChanges_LosesNoUpdate()
    {
        await using var host = await StartAsync("acme");
        using var stays = new Watcher(host.Hub, "acme");
        for (var i = 1; i <= 40; i++)
        {
            // The page opens while the change is written: whichever of its first read and the write comes first, it ends with what is stored.
            var writing = Task.Run(() => RenameAsync(host, "acme", $"Acme {i}"));
            using var comes = new Watcher(host.Hub, "acme");
            if (i % 3 == 0)
            {
                new Watcher(host.Hub, "acme").Dispose();
            }

            await writing;
            await comes.UntilAsync($"Acme {i}");
        }

        await stays.UntilAsync("Acme 40");
    }

    [Fact]
    public async Task Watch_WhenNobodyElseWatchesDuringChanges_LosesNoUpdate()
    {
        await using var host = await StartAsync("acme");
        for (var i = 1; i <= 40; i++)
        {
            var writing = Task.Run(() => RenameAsync(host, "acme", $"Acme {i}"));
            using var alone = new Watcher(host.Hub, "acme");
            await writing;
            await alone.UntilAsync($"Acme {i}");
        }
    }

    private static async Task<PageHost> StartAsync(params string[] tenants)
    {
        var host = await PageHost.StartAsync();
        foreach (var tenant in tenants)
        {
            await CreateAsync(host, tenant);
        }

        return host;
    }

    private static Task CreateAsync(PageHost host, string tenant) =>
        host.Grains.GetGrain<ITenantGrain>(tenant).CreateAsync(new CreateTenant($"Tenant {tenant}", [], null, 0), default);

    private static Task RenameAsync(PageHost host, string tenant, string name) =>
        host.Grains.GetGrain<ITenantGrain>(tenant).ChangeAsync(new ChangeTenant(name, null, null, null, null, null), default);

    // Rounds of the hub that begin after this call.
    private static async Task SettleAsync(PageHost host, int rounds = 3)
    {
        var asked = host.Calls[Asks];
        await Until.HoldsAsync(() => host.Calls[Asks] >= asked + rounds, () => $"Asked {host.Calls[Asks] - asked} times.");
    }

    // Does this instead of each round, from one that has got there: no earlier one is then under way.
    private static async Task InterveneAsync(PageHost host, Func<Task> act)
    {
        var inside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Calls.Before = (method, _) =>
        {
            if (method != Asks)
            {
                return Task.CompletedTask;
            }

            inside.TrySetResult();
            return act();
        };
        await inside.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    // What failed is tried again after a second of the silo's clock.
    private static bool Later(PageHost host, bool condition)
    {
        host.Silo.Time.Advance(TimeSpan.FromMilliseconds(100));
        return condition;
    }
}
