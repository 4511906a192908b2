using Headgate.Grains;
using Headgate.Silo.Tests.Storage;
using Microsoft.EntityFrameworkCore;
using Orleans.Runtime;
using Orleans.Storage;
using static Headgate.Silo.Tests.Grains.SiloWorld;

namespace Headgate.Silo.Tests.Grains;

/// <summary>What survives: restarts, races between two silos over one database, a database that refuses.</summary>
public sealed class DurabilityTests
{
    [Fact]
    public async Task Restart_WhenARunIsOpen_EverythingAnsweredIsThere()
    {
        await using var silo = await ReadyAsync();
        await silo.Tenant("acme").CreateAccessKeyAsync("rep1", "nas", AccessLevel.ReadOnly, default);
        var opened = await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        await silo.Job("acme", "nightly").RecordSnapshotAsync(1, "abc", silo.Time.GetUtcNow(), default);
        var tenant = await silo.Tenant("acme").GetAsync(default);
        var job = await silo.Job("acme", "nightly").GetAsync(default);
        var gateway = await silo.Gateway("gtw1").GetAsync(default);

        await using var again = await silo.BesideAsync();

        Assert.Equivalent(tenant, await again.Tenant("acme").GetAsync(default), strict: true);
        Assert.Equivalent(job, await again.Job("acme", "nightly").GetAsync(default), strict: true);
        Assert.Equivalent(gateway with { LastHeard = null, Load = null }, await again.Gateway("gtw1").GetAsync(default), strict: true);
        Assert.NotNull(await again.Routes.FindAsync(opened.ServerName, "gtw1", default));
        await RefusedAsync(RefusalReason.RunLimit, () => again.Job("acme", "weekly").OpenRunAsync(Open("laptop"), default));
        var run = await again.Job("acme", "nightly").FinishRunAsync(1, new RunEnd("laptop", 1, 0, false, null, []), default);
        Assert.Equal(RunStatus.Succeeded, run.Status);
        await again.Job("acme", "weekly").OpenRunAsync(Open("laptop"), default);
    }

    [Fact]
    public async Task Write_WhenAnotherSiloWasFirst_LosesAndReadsAnew()
    {
        await using var one = await ReadyAsync();
        await using var two = await one.BesideAsync();
        await one.Tenant("acme").GetAsync(default);
        await two.Tenant("acme").ChangeAsync(Change("By two"), default);

        var lost = await Assert.ThrowsAsync<InconsistentStateException>(() => one.Tenant("acme").ChangeAsync(Change("By one"), default));
        Assert.True(long.Parse(lost.StoredEtag!, System.Globalization.CultureInfo.InvariantCulture) > long.Parse(lost.CurrentEtag!, System.Globalization.CultureInfo.InvariantCulture));

        // The activation is gone with what it believed; nothing of its change was written, and the next call sees the other's.
        Assert.Equal("By two", (await one.Tenant("acme").GetAsync(default)).DisplayName);
        Assert.Single(await one.AuditAsync("tenant-changed"));
        Assert.Equal("By one", (await one.Tenant("acme").ChangeAsync(Change("By one"), default)).DisplayName);
    }

    [Theory]
    [InlineData(RefusalReason.TenantDisabled)]
    [InlineData(RefusalReason.LeaseEnded)]
    [InlineData(RefusalReason.Revoked)]
    public async Task Open_WhenTheTenantChangesItsMindBeforeTheWrite_OpensNoRoute(RefusalReason reason)
    {
        await using var one = await ReadyAsync();
        await using var two = await one.BesideAsync();
        // One silo's tenant is loaded and goes on saying yes; a run that only reads writes no claim that would lose the race.
        await one.Tenant("acme").GetAsync(default);
        await (reason switch
        {
            RefusalReason.TenantDisabled => two.Tenant("acme").ChangeAsync(Change("Off") with { Status = TenantStatus.Disabled }, default),
            RefusalReason.LeaseEnded => two.Tenant("acme").ChangeAsync(Change("Over") with { LeaseEnds = two.Time.GetUtcNow() }, default),
            _ => two.Tenant("acme").RevokeConnectorAsync("laptop", default),
        });

        await RefusedAsync(reason, () => one.Job("acme", "restore").OpenRunAsync(Open("laptop", readsOnly: true), default));

        await using var db = one.Read();
        Assert.Empty(await db.Routes.ToListAsync());
        Assert.Empty(await db.Runs.ToListAsync());
    }

    [Fact]
    public async Task Create_WhenTwoSilosRace_OneWins()
    {
        await using var one = await StartAsync();
        await using var two = await one.BesideAsync();
        // Both have looked and found nothing.
        await RefusedAsync(RefusalReason.NotFound, () => one.Tenant("acme").GetAsync(default));
        var silos = new[] { one, two };
        var created = await Task.WhenAll(silos.Select(async silo =>
        {
            try
            {
                await silo.Tenant("acme").CreateAsync(new CreateTenant("Acme", [], null, 0), default);
                return "created";
            }
            catch (InconsistentStateException)
            {
                return "lost";
            }
            catch (RefusedException refused) when (refused.Reason == RefusalReason.Exists)
            {
                return "lost";
            }
        }));
        Assert.Equal(["created", "lost"], created.Order());
        await using var db = one.Read();
        Assert.Single(await db.Tenants.ToListAsync());
    }

    [Fact]
    public async Task Code_WhenTwoSilosUseItAtOnce_IsSpentOnce()
    {
        await using var one = await ReadyAsync();
        await using var two = await one.BesideAsync();
        var secret = await one.Tenant("acme").CreateCodeAsync(TimeSpan.FromHours(1), AccessLevel.Full, default);
        await two.Tenant("acme").GetAsync(default);
        var silos = new[] { one, two };
        var serials = await Task.WhenAll(silos.Select(async (silo, number) =>
        {
            try
            {
                return (await silo.Tenant("acme").EnrolConnectorAsync(Claim(secret, $"key-{number}", "desktop"), default)).Serial;
            }
            catch (Exception exception) when (exception is InconsistentStateException or RefusedException { Reason: RefusalReason.CodeUsed })
            {
                return null;
            }
        }));
        Assert.Single(serials.OfType<string>());
        await using var db = one.Read();
        Assert.Single(await db.Connectors.Where(row => row.Host == "desktop").ToListAsync());
        Assert.Equal(serials.OfType<string>().Single(), (await db.Connectors.SingleAsync(row => row.Host == "desktop")).Serial);
    }

    [Fact]
    public async Task Write_WhenTheDatabaseRefuses_ArrivesAsOrleansExceptionAndMemoryFollowsStorage()
    {
        await using var silo = await ReadyAsync();
        await TestDatabases.RefuseAsync(silo, "UPDATE ON tenant", "disk full, on purpose");

        var failed = await Assert.ThrowsAsync<OrleansException>(() => silo.Tenant("acme").ChangeAsync(Change("Lost"), default));
        Assert.Contains("disk full, on purpose", failed.ToString(), StringComparison.Ordinal);

        Assert.Equal("Tenant acme", (await silo.Tenant("acme").GetAsync(default)).DisplayName);
        Assert.Empty(await silo.AuditAsync("tenant-changed"));
        await TestDatabases.AllowAsync(silo, "tenant");
        Assert.Equal("Kept", (await silo.Tenant("acme").ChangeAsync(Change("Kept"), default)).DisplayName);
    }

    [Fact]
    public async Task Open_WhenTheJobCannotBeWritten_TellsNobody()
    {
        await using var silo = await ReadyAsync();
        await TestDatabases.RefuseAsync(silo, "INSERT ON route", "disk full, on purpose");
        var before = await silo.NewestAsync();
        await Assert.ThrowsAsync<OrleansException>(() => silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default));
        Assert.Equal(before, await silo.NewestAsync());
        await using var db = silo.Read();
        Assert.Empty(await db.Jobs.ToListAsync());
        await TestDatabases.AllowAsync(silo, "route");
        // The claim stayed; the job takes it up again.
        Assert.Equal(1, (await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default)).Run);
    }

    [Fact]
    public async Task Finish_WhenTheClaimCannotBeReleased_IsAnsweredAndTheSweeperReleasesIt()
    {
        await using var silo = await ReadyAsync();
        await silo.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        await TestDatabases.RefuseAsync(silo, "DELETE ON run_claim", "on purpose");
        var run = await silo.Job("acme", "nightly").FinishRunAsync(1, new RunEnd("laptop", 1, 1, false, "no", []), default);
        Assert.Equal(RunStatus.Failed, run.Status);
        await TestDatabases.AllowAsync(silo, "run_claim");
        await RefusedAsync(RefusalReason.RunLimit, () => silo.Job("acme", "weekly").OpenRunAsync(Open("laptop"), default));

        silo.Time.Advance(TimeSpan.FromSeconds(61));
        await silo.HeardAsync("gtw1");
        await silo.Sweeper.SweepAsync(default);

        await silo.Job("acme", "weekly").OpenRunAsync(Open("laptop"), default);
    }

    [Fact]
    public async Task Sweep_WhenOneRowFails_EndsTheOthersAndSaysSo()
    {
        await using var silo = await ReadyAsync();
        foreach (var tenant in new[] { "aaa", "bbb", "ccc" })
        {
            await silo.AddTenantAsync(tenant, "rep1", "laptop");
            await silo.Job(tenant, "nightly").OpenRunAsync(Open("laptop"), default);
        }
        await TestDatabases.RefuseAsync(silo, "UPDATE ON run", "on purpose", "NEW.tenant = 'bbb'");
        silo.Time.Advance(TimeSpan.FromMinutes(26));

        await Assert.ThrowsAnyAsync<Exception>(() => silo.Sweeper.SweepAsync(default));

        Assert.Equal(RunStatus.Lost, (await silo.Job("aaa", "nightly").GetAsync(default)).Runs[0].Status);
        Assert.Equal(RunStatus.Running, (await silo.Job("bbb", "nightly").GetAsync(default)).Runs[0].Status);
        Assert.Equal(RunStatus.Lost, (await silo.Job("ccc", "nightly").GetAsync(default)).Runs[0].Status);
        await TestDatabases.AllowAsync(silo, "run");
        await silo.Sweeper.SweepAsync(default);
        Assert.Equal(RunStatus.Lost, (await silo.Job("bbb", "nightly").GetAsync(default)).Runs[0].Status);
    }

    [Fact]
    public async Task Sweep_WhenTheSiloWasDown_GivesConnectorsTimeToComeBack()
    {
        await using var first = await ReadyAsync();
        await first.Job("acme", "nightly").OpenRunAsync(Open("laptop"), default);
        first.Time.Advance(TimeSpan.FromHours(2));

        await using var silo = await first.BesideAsync();
        await silo.Sweeper.SweepAsync(default);
        Assert.Equal(RunStatus.Running, (await silo.Job("acme", "nightly").GetAsync(default)).Runs[0].Status);

        silo.Time.Advance(TimeSpan.FromMinutes(26));
        await silo.Sweeper.SweepAsync(default);
        Assert.Equal(RunStatus.Lost, (await silo.Job("acme", "nightly").GetAsync(default)).Runs[0].Status);
    }

    [Fact]
    public async Task Serial_WhenIssuedTwice_IsRefusedByTheConstraint()
    {
        await using var silo = await ReadyAsync();
        await TestDatabases.RefuseAsync(silo, "INSERT ON certificate", "UNIQUE constraint failed: certificate.serial");
        var secret = await silo.Tenant("acme").CreateCodeAsync(TimeSpan.FromHours(1), AccessLevel.Full, default);
        await Assert.ThrowsAnyAsync<OrleansException>(() => silo.Tenant("acme").EnrolConnectorAsync(Claim(secret, "k", "desktop"), default));
        await TestDatabases.AllowAsync(silo, "certificate");
        // Neither the connector nor the use of the code was kept.
        await silo.Tenant("acme").EnrolConnectorAsync(Claim(secret, "k2", "desktop"), default);
        Assert.Equal(["laptop", "desktop"], (await silo.Tenant("acme").GetAsync(default)).Connectors.Select(connector => connector.Connector));
    }

    [Fact]
    public async Task Cancelled_WhenTheCallerHasGone_NothingHalfIsKept()
    {
        await using var silo = await ReadyAsync();
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => silo.Tenant("acme").ChangeAsync(Change("Unheard"), gone.Token));
        var name = (await silo.Tenant("acme").GetAsync(default)).DisplayName;
        await using var db = silo.Read();
        Assert.Equal(name, (await db.Tenants.SingleAsync()).DisplayName);
    }

    private static ChangeTenant Change(string name) => new(name, null, null, null, null, null);

    private static async Task<SiloWorld> ReadyAsync()
    {
        var silo = await StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddTenantAsync("acme", "rep1", "laptop", runLimit: 1);
        return silo;
    }
}
