using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>Reads what <c>job show --json</c> prints.</summary>
internal static class Jobs
{
    /// <summary>The newest run.</summary>
    public static async Task<JsonElement> LastRunAsync(Tenant tenant, string job) =>
        (await tenant.JobAsync(job)).GetProperty("runs").EnumerateArray().MaxBy(run => run.GetProperty("run").GetInt64());

    /// <summary>Waits until the provider knows the job and it stands as it should.</summary>
    /// <param name="seen">What to say when that is in vain.</param>
    public static async Task<JsonElement> UntilAsync(Tenant tenant, string job, Func<JsonElement, bool> isReached, Func<string>? seen = null)
    {
        Finished? shown = null;
        JsonElement known = default;
        await Tool.UntilAsync(
            async () =>
            {
                shown = await tenant.World.AdminAsync("job", "show", tenant.Id, job, "--json");
                if (shown.ExitCode != 0)
                {
                    return false;
                }

                using var document = JsonDocument.Parse(shown.Output);
                return isReached(known = document.RootElement.Clone());
            },
            $"job {job}", () => $"{shown?.Output} {shown?.Error}\n{seen?.Invoke()}", TimeSpan.FromMinutes(2), TimeSpan.FromMilliseconds(200));
        return known;
    }

    public static JsonElement Run(JsonElement job, long number) =>
        job.GetProperty("runs").EnumerateArray().Single(run => run.GetProperty("run").GetInt64() == number);

    public static string StatusOf(JsonElement run) => run.GetProperty("status").GetString()!.ToUpperInvariant();

    public static bool IsOpen(JsonElement run) => TextOf(run, "ended") is null;

    public static JsonElement[] AttemptsOf(JsonElement run) => [.. run.GetProperty("attempts").EnumerateArray()];

    /// <summary>Gateways over all attempts, in order of first use.</summary>
    public static IEnumerable<string> PathOf(JsonElement run) =>
        AttemptsOf(run).SelectMany(attempt => attempt.GetProperty("path").EnumerateArray()).Select(step => step.GetProperty("gateway").GetString()!);

    public static string? ReasonOf(JsonElement runOrAttempt) => TextOf(runOrAttempt, "reason");

    /// <summary>Null when it wrote none.</summary>
    public static string? SnapshotOf(JsonElement run) => TextOf(run, "snapshot");

    private static string? TextOf(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
