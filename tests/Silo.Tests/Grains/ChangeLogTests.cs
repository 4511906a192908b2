using Headgate.Grains;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

public sealed class ChangeLogTests
{
    [Fact]
    public async Task ReadAsync_WhenGrainsWrote_NamesEachThingOnceInOrder()
    {
        await using var silo = await StartAsync();
        var log = silo.Grains.GetGrain<IChangeLog>("all");
        Assert.Equal((0, true, 0), Sum(await log.ReadAsync(0, default)));

        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddTenantAsync("acme", "rep1", "laptop");
        var start = await log.ReadAsync(-1, default);
        Assert.Equal((start.Version, true, 0), Sum(start));
        Assert.Equal(start.Version, (await log.ReadAsync(start.Version, default)).Version);

        await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        await silo.Gateway("gtw1").ChangeAsync(new ChangeGateway(WantedState.Draining, null, null, null, null, null, null), default);
        await silo.Gateway("gtw1").ChangeAsync(new ChangeGateway(WantedState.Active, null, null, null, null, null, null), default);
        await silo.HeardAsync("gtw1");
        var changes = await log.ReadAsync(start.Version, default);

        Assert.True(changes.IsWhole);
        Assert.Equal(
            [(SubjectKind.Tenant, "acme"), (SubjectKind.Job, "acme/nightly"), (SubjectKind.Gateway, "gtw1")],
            changes.Changes.Select(change => (change.Kind, change.Key)));
        Assert.Equal(changes.Version, changes.Changes[^1].Sequence);
        Assert.Equal(changes.Changes.Select(change => change.Sequence).Order(), changes.Changes.Select(change => change.Sequence));
        Assert.Empty((await log.ReadAsync(changes.Version, default)).Changes);
        Assert.Contains((await log.ReadAsync(0, default)).Changes, change => change is { Kind: SubjectKind.Quota, Key: "acme/rep1" });
    }

    [Fact]
    public async Task ReadAsync_WhenAWriteFails_NamesNothing()
    {
        await using var silo = await StartAsync();
        await silo.AddGatewayAsync("gtw1", 1);
        var log = silo.Grains.GetGrain<IChangeLog>("all");
        var before = await log.ReadAsync(-1, default);
        await RefusedAsync(RefusalReason.Exists, () => silo.Gateway("gtw2").CreateAsync(
            new CreateGateway(GatewayMode.Direct, "192.0.2.1", 6180, 100, []), default));
        Assert.Equal((before.Version, true, 0), Sum(await log.ReadAsync(before.Version, default)));
    }

    [Fact]
    public async Task ReadAsync_WhenMoreChangedThanIsListed_SaysSo()
    {
        await using var silo = await StartAsync();
        var log = silo.Grains.GetGrain<IChangeLog>("all");
        await MarkAsync(silo, Enumerable.Range(0, 500));
        var all = await log.ReadAsync(0, default);
        Assert.Equal((500, true, 500), Sum(all));
        await MarkAsync(silo, [500]);
        Assert.Equal((501, false, 0), Sum(await log.ReadAsync(0, default)));
        Assert.Equal((501, true, 500), Sum(await log.ReadAsync(1, default)));
        Assert.Equal((501, true, 1), Sum(await log.ReadAsync(500, default)));
        // Whoever followed another database has everything to read again.
        Assert.Equal((501, false, 0), Sum(await log.ReadAsync(502, default)));
    }

    [Fact]
    public async Task Write_WhenTwoProcessesWriteAtOnce_GivesNoNumberTwice()
    {
        await using var one = await StartAsync();
        await using var two = await one.BesideAsync();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(number => MarkAsync(number % 2 == 0 ? one : two, [number % 50])));
        await using var db = one.Read();
        Assert.Equal(50, await db.Changes.CountAsync());
        // One transaction counts a thing once; transactions never take a number twice.
        Assert.InRange(await db.Changes.MaxAsync(row => row.Sequence), 50, 200);
    }

    private static (long Version, bool IsWhole, int Changes) Sum(ChangeSet set) => (set.Version, set.IsWhole, set.Changes.Length);

    private static async Task MarkAsync(SiloWorld silo, IEnumerable<int> keys) => await silo.Services.GetRequiredService<ISiloWriter>().WriteAsync(
        (db, _) =>
        {
            db.Changed.AddRange(keys.Select(key => (SubjectKind.Tenant, $"t{key}")));
            return Task.CompletedTask;
        },
        default);
}
