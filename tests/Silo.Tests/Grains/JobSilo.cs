using Headgate.Grains;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Tests.Grains;

/// <summary>A silo with the tenant acme, its connector laptop, the repository rep1 and two gateways; what that connector says of its jobs.</summary>
internal static class JobSilo
{
    public static RunEnd End(int? exitCode, bool cancelled = false) => new("laptop", 1, exitCode, cancelled, null, [new("gtw1", 5, 1000, 10)]);

    public static RunProgress Progress(long listVersion = 0) => new("laptop", 1, false, listVersion, [new("gtw1", 5, 1000, 10)]);

    public static async Task<List<RunRow>> RunsAsync(SiloWorld silo)
    {
        await using var db = silo.Read();
        return await db.Runs.ToListAsync();
    }

    public static async Task KeepAliveAsync(SiloWorld silo, TimeSpan by)
    {
        silo.Time.Advance(by);
        await silo.HeardAsync("gtw1");
        await silo.HeardAsync("gtw2");
    }

    /// <summary>What both gateways are to do.</summary>
    public static async Task SetAsync(SiloWorld silo, WantedState state)
    {
        foreach (var gateway in new[] { "gtw1", "gtw2" })
        {
            await silo.Gateway(gateway).ChangeAsync(new ChangeGateway(state, null, null, null, null, null, null), default);
            await silo.HeardAsync(gateway);
        }
    }

    public static async Task<SiloWorld> ReadyAsync(int runLimit = 0)
    {
        var silo = await SiloWorld.StartAsync();
        await silo.AddRepositoryAsync("rep1");
        await silo.AddGatewayAsync("gtw1", 1);
        await silo.AddGatewayAsync("gtw2", 2);
        await silo.AddTenantAsync("acme", "rep1", "laptop", runLimit);
        return silo;
    }
}
