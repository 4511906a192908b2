using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>
/// A quota at its limit while silo and repository are killed, again and again. <c>bench/quota/run</c> is the long form: it sets <c>HEADGATE_FAULT_KILLS</c>,
/// <c>HEADGATE_FAULT_MINUTES</c> and <c>HEADGATE_FAULT_SEED</c>.
/// </summary>
public sealed class QuotaCrashTests
{
    private const long Limit = 12L << 20;
    private const int Writers = 6;

    [Fact]
    public async Task Uploads_WhenSiloAndRepositoryAreKilledAtRandom_StayBelowTheLimitAndAreCountedToTheByte()
    {
        var kills = FromEnvironment("HEADGATE_FAULT_KILLS", 20);
        var end = TimeSpan.FromMinutes(FromEnvironment("HEADGATE_FAULT_MINUTES", 20));
        var seed = FromEnvironment("HEADGATE_FAULT_SEED", 7);
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        await using var world = await World.StartAsync(gateways: 1);
        using var admin = new AdminSocketClient(world);
        var tenant = await world.AddTenantAsync("acme", $"{Limit}");
        var (key, authority, gateway) = (await tenant.AccessKeyAsync(), await world.AuthorityFileAsync(), world.EndPointOf("gtw1"));
        using (var client = new ObjectClient(key, authority, gateway, "/objects/"))
        {
            await client.CreateAsync();
        }

        var writers = Enumerable.Range(0, Writers).Select(i => new QuotaWriter(key, authority, gateway, "/objects/", (seed * Writers) + i)).ToArray();
        foreach (var writer in writers)
        {
            writer.Start();
        }

        await Tool.UntilAsync(() => writers.Sum(writer => writer.Full) > 0, "the quota to be full", () => world.Logs, TimeSpan.FromMinutes(2));
        var killed = 0;
        for (; killed < kills && clock.Elapsed < end; killed++)
        {
            await KillAsync(world, tenant, admin, writers, random);
            await Task.WhenAll(writers.Select(writer => writer.RestAsync())).WaitAsync(TimeSpan.FromMinutes(2));
            await CheckAsync(world, tenant, admin, writers);
            if (kills > 20 && (killed + 1) % 10 == 0)
            {
                await Console.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{killed + 1} kills, {writers.Sum(w => w.Answered)} answers, {writers.Sum(w => w.Full)} of them full, {clock.Elapsed.TotalSeconds:0} s"));
            }

            foreach (var writer in writers)
            {
                writer.GoOn();
            }
        }

        foreach (var writer in writers)
        {
            await writer.EndAsync();
        }

        // Over the wire too, what was answered.
        using var reader = new ObjectClient(key, authority, gateway, "/objects/");
        foreach (var name in writers.SelectMany(writer => writer.Stored))
        {
            Assert.Equal(name, await reader.SumAsync(name));
        }

        await CheckAsync(world, tenant, admin, writers);
        Assert.True(killed == kills, $"Only {killed} of {kills} kills within {end.TotalMinutes} minutes; none of them did harm.");
    }

    private static async Task KillAsync(World world, Tenant tenant, AdminSocketClient admin, QuotaWriter[] writers, Random random)
    {
        // After some answers, and then somewhere in the middle of what goes on.
        var enough = writers.Sum(writer => writer.Answered) + random.Next(5, 80);
        await Tool.UntilAsync(
            () => writers.Sum(writer => writer.Answered) >= enough, "uploads to go on",
            () => string.Join('\n', writers.SelectMany(writer => writer.Odd).TakeLast(20)) + world.Logs, TimeSpan.FromMinutes(2));
        await Task.Delay(random.Next(0, 30));
        string[] victims = random.Next(10) switch { 0 => ["server", "repo1"], 1 or 2 or 3 => ["server"], _ => ["repo1"] };
        await Task.WhenAll(victims.Select(victim => world[victim].KillAsync()));
        foreach (var victim in victims)
        {
            await world[victim].StartAsync();
        }

        // A repository that was killed counts when it starts; one that lives on is asked to, while it is written to.
        if (!victims.Contains("repo1"))
        {
            var counted = Counted(world).Length;
            await admin.RecountAsync(tenant.Id);
            await Tool.UntilAsync(() => Counted(world).Length > counted, "the repository to count anew", () => world.Logs, TimeSpan.FromMinutes(1));
            Assert.All(Counted(world), line => Assert.Contains("was off by 0", line, StringComparison.Ordinal));
        }
    }

    private static string[] Counted(World world) =>
        [.. world["repo1"].Lines.Where(line => line.Contains("Counted tenant acme again", StringComparison.Ordinal))];

    /// <summary>While nothing is written: the disk holds what was answered, intact, within the limit; and the silo knows it to the byte.</summary>
    private static async Task CheckAsync(World world, Tenant tenant, AdminSocketClient admin, QuotaWriter[] writers)
    {
        Assert.Empty(writers.SelectMany(writer => writer.Odd));
        Assert.Empty(Storage.Temporary(world));
        var folder = Path.Combine(Storage.FolderOf(world), "tenants", tenant.Id, "objects", "data");
        var present = new HashSet<string>();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetFileName(file);
            Assert.Equal(name, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file))));
            present.Add(name);
        }

        foreach (var writer in writers)
        {
            Assert.Empty(writer.Stored.Except(present));
            Assert.Empty(writer.Gone.Intersect(present));

            // What was never answered is there or not; from here on that is known.
            writer.Stored.UnionWith(writer.Doubtful.Intersect(present));
            writer.Doubtful.Clear();
        }

        Assert.Empty(present.Except(writers.SelectMany(writer => writer.Stored)));
        var cost = Storage.CostOf(world, tenant);
        Assert.InRange(cost, 1, Limit);
        (long Limit, long Used, long Reserved)? quota = null;
        await Tool.UntilAsync(
            async () => (quota = await admin.QuotaAsync(tenant.Id)) is { } told && told.Used == cost,
            "the silo to know what lies on the disk", () => $"{cost} bytes lie there; the silo says {quota}.\n{world.Logs}", TimeSpan.FromMinutes(1));
        Assert.True(quota!.Value is { Reserved: >= 0 } and { Limit: Limit } && quota.Value.Used + quota.Value.Reserved <= Limit, quota.ToString());
    }

    private static int FromEnvironment(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
