using System.Text.Json;
using Headgate.EndToEnd.Tests.Faults;

namespace Headgate.EndToEnd.Tests.Copy;

/// <summary>What must hold of a copy run whatever happened to its gateways.</summary>
internal static class CopyRun
{
    /// <summary>The options of a copy run that is not tried again.</summary>
    public static readonly string[] Once = ["--kind", "copy", "--retries", "0"];

    /// <summary>Exit code 0, no word of restic's on stderr, one attempt, nothing failed. Answers what was recorded of the run.</summary>
    public static async Task<JsonElement> UnnoticedAsync(Finished finished, World world, Tenant tenant, string job, string status = "SUCCEEDED")
    {
        Assert.True(finished.ExitCode == 0, $"exit code {finished.ExitCode}\n{finished.Output}\n{finished.Error}\n{world.Logs}");
        Assert.All(finished.Error.Split('\n').Where(line => line.Length > 0), line => Assert.StartsWith("headgate: ", line, StringComparison.Ordinal));
        var recorded = await Jobs.LastRunAsync(tenant, job);
        Assert.Equal(status, Jobs.StatusOf(recorded));
        Assert.Single(Jobs.AttemptsOf(recorded));
        return recorded;
    }

    /// <summary>The lines that say where the run moved.</summary>
    public static IReadOnlyList<string> MovesIn(Finished finished) =>
        [.. finished.Error.Split('\n').Where(line => line.Contains(" moved from ", StringComparison.Ordinal))];

    /// <summary>Restores the newest snapshot of <paramref name="desk"/> on another machine and compares every file.</summary>
    public static async Task SameAsync(Tenant tenant, Machine desk, string source)
    {
        var spare = await tenant.EnrolAsync("spare");
        var target = Path.Combine(spare.Folder, "restored");
        (await spare.RunAsync("restore", ["restore", "latest", "--target", target], ["--kind", "copy", "--path", $"/{desk.HostName}/"])).Succeeded();
        Assert.Equal(await Machine.SumsAsync(source), await Machine.SumsAsync(target + source));
    }
}
