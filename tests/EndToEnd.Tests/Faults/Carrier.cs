namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>Tells which gateway carries a run, by the gateways' own counters since this was made.</summary>
internal sealed class Carrier
{
    private readonly World _world;
    private readonly Dictionary<string, long> _before;

    private Carrier(World world, Dictionary<string, long> before)
    {
        _world = world;
        _before = before;
    }

    public static async Task<Carrier> WatchAsync(World world)
    {
        var before = new Dictionary<string, long>();
        foreach (var gateway in world.GatewayNames)
        {
            before[gateway] = await BytesUpAsync(world, gateway);
        }

        return new Carrier(world, before);
    }

    /// <summary>Bytes that a gateway carried from tenants; works after it was killed, not after it was started again.</summary>
    public async Task<long> BytesUpAsync(string gateway) => await BytesUpAsync(_world, gateway) - _before[gateway];

    /// <summary>Waits until a gateway carried <paramref name="bytes"/>, and answers its name; the test fails when <paramref name="run"/> ends before.</summary>
    public async Task<string> PastAsync(long bytes, Running run, TimeSpan? deadline = null)
    {
        string? carrier = null;
        await Tool.UntilAsync(
            async () =>
            {
                Assert.False(run.HasEnded, $"The run ended before a gateway had carried {bytes} bytes.\n{run.Said}");
                foreach (var gateway in _world.GatewayNames.Where(name => _world[name].IsRunning))
                {
                    carrier ??= await BytesUpAsync(gateway) >= bytes ? gateway : null;
                }

                return carrier is not null;
            },
            $"a gateway to carry {bytes} bytes",
            () => run.Said + "\n" + _world.Logs,
            deadline ?? TimeSpan.FromMinutes(1));
        return carrier!;
    }

    private static async Task<long> BytesUpAsync(World world, string gateway) =>
        (await world.GatewayStatusAsync(gateway)).GetProperty("bytesUp").GetInt64();
}
