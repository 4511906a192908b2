using Headgate.Grains;
using Headgate.Protocol.Naming;
using Microsoft.EntityFrameworkCore;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

public sealed class RouteReaderTests
{
    [Fact]
    public async Task FindAsync_WhenARunIsOpen_LeadsGatewaysOfItsPoolsToTheRepository()
    {
        await using var silo = await ReadyAsync();
        var opened = await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        var route = await silo.Routes.FindAsync(opened.ServerName, "gtw1", default);
        Assert.Equal(new RouteInfo(opened.ServerName, "rep1", "acme", silo.Time.GetUtcNow().AddHours(1), "nightly", IsTold: true), route);
        Assert.Null(await silo.Routes.FindAsync(opened.ServerName, "gtw2", default));
        Assert.Null(await silo.Routes.FindAsync(opened.ServerName, "gtw9", default));
        await silo.Repository("rep1").RevokeAsync(default);
        Assert.Null(await silo.Routes.FindAsync(opened.ServerName, "gtw1", default));
    }

    [Fact]
    public async Task FindAsync_WhenTheLabelIsForged_AsksNoDatabase()
    {
        await using var silo = await ReadyAsync();
        var genuine = new ZoneNames("backup.test").Route(RouteLabel.Create(new TestAuthority(silo.Time).LabelKey.Span));
        var forged = new ZoneNames("backup.test").Route(RouteLabel.Create(new byte[32]));
        Assert.Null(await silo.Routes.FindAsync(genuine, "gtw1", default));
        // With a table gone, only what needs it fails.
        await using (var db = silo.Read())
        {
            await db.Database.ExecuteSqlRawAsync("DROP TABLE route_gateway");
        }
        Assert.Null(await silo.Routes.FindAsync(forged, "gtw1", default));
        Assert.Null(await silo.Routes.FindAsync("cc.backup.test", "gtw1", default));
        Assert.Null(await silo.Routes.FindAsync("www.example.com", "gtw1", default));
        await Assert.ThrowsAnyAsync<Exception>(() => silo.Routes.FindAsync(genuine, "gtw1", default));
    }

    [Fact]
    public async Task FindAsync_WhenNobodyHasTheAccessName_LeadsToSomeRepositoryAllTheSame()
    {
        await using var silo = await ReadyAsync();
        await silo.AddRepositoryAsync("rep2");
        var owned = (await silo.Tenant("acme").GetAsync(default)).Entitlements.Single().AccessName;
        Assert.Equal(("rep1", "acme"), await FindAsync(silo, owned));
        Assert.Null(await silo.Routes.FindAsync(owned, "gtw2", default));
        var names = Enumerable.Range(0, 40).Select(_ => new ZoneNames("backup.test").NewAccess()).ToArray();
        var found = new List<string>();
        foreach (var name in names)
        {
            var (repository, tenant) = (await FindAsync(silo, name))!.Value;
            Assert.Null(tenant);
            Assert.Equal((repository, null), await FindAsync(silo, name));
            found.Add(repository);
        }
        Assert.Equal(["rep1", "rep2"], found.Distinct().Order());
    }

    private static async Task<(string Repository, string? Tenant)?> FindAsync(SiloWorld silo, string name) =>
        await silo.Routes.FindAsync(name, "gtw1", default) is { } route ? (route.Repository, route.Tenant) : null;

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1, "north");
        await silo.AddGatewayAsync("gtw2", 2, "south");
        await silo.AddTenantAsync("acme", "rep1", "laptop", 0, "north");
        return silo;
    }
}
