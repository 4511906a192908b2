using Headgate.Grains;
using Headgate.Silo.EdgeApi;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using GrainWorld = Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Api;

/// <summary>Which tenants have a bandwidth limit, kept in memory.</summary>
public sealed class TenantLimitsTests
{
    [Fact]
    public async Task Limits_ThroughChanges_AreThoseOfTheDatabaseHalfASecondLater()
    {
        await using var silo = await GrainWorld.StartAsync();
        await silo.Tenant("acme").CreateAsync(new CreateTenant("Acme", [], null, 0, 1_000_000), default);
        await silo.Tenant("free").CreateAsync(new CreateTenant("Free", [], null, 0), default);
        var limits = Of(silo);
        Assert.Null(limits.Of("acme"));
        Assert.True(await limits.RefreshAsync(default));
        Assert.Equal((1_000_000L, null, null), (limits.Of("acme")!.Value, limits.Of("free"), limits.Of("nobody")));

        await SetAsync(silo, "free", 2_000_000);
        await limits.RefreshAsync(default);
        Assert.Null(limits.Of("free"));
        silo.Time.Advance(TimeSpan.FromMilliseconds(500));
        await limits.RefreshAsync(default);
        Assert.Equal((1_000_000L, 2_000_000L), (limits.Of("acme")!.Value, limits.Of("free")!.Value));

        await SetAsync(silo, "acme", 0);
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        await limits.RefreshAsync(default);
        Assert.Equal((null, true, false), (limits.Of("acme"), limits.IsLifted("acme"), limits.IsLifted("free")));
        await SetAsync(silo, "acme", 3_000_000);
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        await limits.RefreshAsync(default);
        Assert.Equal((3_000_000L, false), (limits.Of("acme")!.Value, limits.IsLifted("acme")));
    }

    [Fact]
    public async Task Limits_WhenMoreChangedThanIsListed_AreReadAnew()
    {
        await using var silo = await GrainWorld.StartAsync();
        await silo.Tenant("acme").CreateAsync(new CreateTenant("Acme", [], null, 0, 1_000_000), default);
        var limits = Of(silo);
        await limits.RefreshAsync(default);
        await Task.WhenAll(Enumerable.Range(0, 520).Select(i => silo.Tenant($"t{i}").CreateAsync(new CreateTenant("T", [], null, 0, i % 2 == 0 ? 100_000 + i : null), default)));
        await SetAsync(silo, "acme", 0);
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        await limits.RefreshAsync(default);
        Assert.All(Enumerable.Range(0, 520), i => Assert.Equal(i % 2 == 0 ? 100_000 + i : null, limits.Of($"t{i}")));
        Assert.Equal((null, true), (limits.Of("acme"), limits.IsLifted("acme")));
    }

    [Fact]
    public async Task Limits_WhenTheDatabaseIsAway_StayAsTheyAre()
    {
        await using var silo = await GrainWorld.StartAsync();
        await silo.Tenant("acme").CreateAsync(new CreateTenant("Acme", [], null, 0, 1_000_000), default);
        var factory = new Switched(silo.Services.GetRequiredService<IDbContextFactory<SiloDbContext>>()) { IsAway = true };
        var limits = new TenantLimits(factory, silo.Time, NullLogger<TenantLimits>.Instance);
        Assert.False(await limits.RefreshAsync(default));
        factory.IsAway = false;
        Assert.True(await limits.RefreshAsync(default));
        factory.IsAway = true;
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await limits.RefreshAsync(default));
        Assert.Equal(1_000_000, limits.Of("acme"));
        await SetAsync(silo, "acme", 2_000_000);
        factory.IsAway = false;
        silo.Time.Advance(TimeSpan.FromSeconds(1));
        await limits.RefreshAsync(default);
        Assert.Equal(2_000_000, limits.Of("acme"));
    }

    private static TenantLimits Of(GrainWorld silo) =>
        new(silo.Services.GetRequiredService<IDbContextFactory<SiloDbContext>>(), silo.Time, NullLogger<TenantLimits>.Instance);

    private static Task SetAsync(GrainWorld silo, string tenant, long limit) =>
        silo.Tenant(tenant).ChangeAsync(new ChangeTenant(null, null, null, null, null, null, limit), default);

    private sealed class Switched(IDbContextFactory<SiloDbContext> inner) : IDbContextFactory<SiloDbContext>
    {
        public bool IsAway { get; set; }

        public SiloDbContext CreateDbContext() => IsAway ? throw new IOException("The database is away.") : inner.CreateDbContext();
    }
}
