using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Copy;

/// <summary>
/// Copy runs of 1 GiB, up and down again, while gateways are killed, restarted, stopped and cut off at random: restic notices nothing. Every process has a
/// network namespace of its own. <c>bench/failover/run</c> is the long form: it sets <c>HEADGATE_FAILOVER_RUNS</c>, <c>HEADGATE_FAILOVER_MIB</c> and
/// <c>HEADGATE_FAILOVER_SEED</c>.
/// </summary>
public sealed class DisturbedRunTests
{
    private const int Files = 32;

    /// <summary>KiB a second: a run lasts long enough to be disturbed often.</summary>
    private const string Limit = "65536";

    [Fact]
    public async Task Copy_WhileGatewaysDieAndComeBackAtRandom_EndsWithEveryByteAndNoError()
    {
        Assert.SkipWhen(Namespace.Missing is not null, Namespace.Missing ?? "");
        var runs = FromEnvironment("HEADGATE_FAILOVER_RUNS", 3);
        var bytes = (long)FromEnvironment("HEADGATE_FAILOVER_MIB", 1024) << 20;
        var seed = FromEnvironment("HEADGATE_FAILOVER_SEED", 6);
        var outages = new List<Outage>();
        for (var run = 1; run <= runs; run++)
        {
            outages.AddRange(await RunAsync(run, bytes, seed + run));
        }

        foreach (var line in GapFigures.Lines([.. outages.Where(outage => outage.Victims.Count == 1)]))
        {
            Say(line);
        }
    }

    private static async Task<IEnumerable<Outage>> RunAsync(int number, long bytes, int seed)
    {
        await using var world = await World.StartRoutedAsync(gateways: 3, "desk");
        var tenant = await world.AddTenantAsync("acme", "100GiB");
        var desk = await tenant.EnrolAsync("desk");
        await desk.InitAsync();
        var source = await desk.FilesAsync("source", Files, (int)(bytes / Files), seed);
        var target = Path.Combine(desk.Folder, "restored");
        var up = await DisturbedAsync(world, tenant, desk, seed, "nightly", ["backup", "--limit-upload", Limit, source], "SUCCEEDED", number);
        var down = await DisturbedAsync(
            world, tenant, desk, seed + 1000, "restore", ["restore", "latest", "--target", target, "--limit-download", Limit], "NOSNAPSHOT", number);
        Assert.Equal(await Machine.SumsAsync(source), await Machine.SumsAsync(target + source));
        return up.Concat(down);
    }

    private static async Task<IReadOnlyList<Outage>> DisturbedAsync(
        World world, Tenant tenant, Machine desk, int seed, string job, string[] restic, string status, int number)
    {
        var clock = Stopwatch.StartNew();
        Finished finished;
        TimeSpan took;
        IReadOnlyList<Outage> outages;
        await using (var disturbance = new Disturbance(world, desk.HostName, seed))
        {
            finished = await desk.RunAsync(job, restic, CopyRun.Once);
            took = clock.Elapsed;
            outages = disturbance.Outages;
        }

        var done = string.Join("; ", outages);
        Assert.True(finished.ExitCode == 0, $"exit code {finished.ExitCode} after {done}\n{finished.Error}");
        Assert.NotEmpty(outages);
        var gaps = Jobs.AttemptsOf(await CopyRun.UnnoticedAsync(finished, world, tenant, job, status))[0].GetProperty("gaps");
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"run {number}, {job}: exit code 0 after {took.TotalSeconds:0.0} s, {NumberIn(gaps, "resumes")} resumes, longest {NumberIn(gaps, "longestMilliseconds")} ms; {done}"));
        return outages;
    }

    private static long NumberIn(JsonElement gaps, string name) => gaps.GetProperty(name).GetInt64();

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private static int FromEnvironment(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
