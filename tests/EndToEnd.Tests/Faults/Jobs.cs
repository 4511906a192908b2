using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Faults;

/// <summary>Reads what <c>job show --json</c> prints.</summary>
internal static class Jobs
{
    /// <summary>The newest run.</summary>
    public static async Task<JsonElement> LastRunAsync(Tenant tenant, string job) =>
        (await tenant.JobAsync(job)).GetProperty("runs").EnumerateArray().MaxBy(run => run.GetProperty("run").GetInt64());

    public static JsonElement Run(JsonElement job, long number) =>
        job.GetProperty("runs").EnumerateArray().Single(run => run.GetProperty("run").GetInt64() == number);

    public static string StatusOf(JsonElement run) => run.GetProperty("status").GetString()!.ToUpperInvariant();

    public static JsonElement[] AttemptsOf(JsonElement run) => [.. run.GetProperty("attempts").EnumerateArray()];

    /// <summary>Gateways over all attempts, in order of first use.</summary>
    public static IEnumerable<string> PathOf(JsonElement run) =>
        AttemptsOf(run).SelectMany(attempt => attempt.GetProperty("path").EnumerateArray()).Select(step => step.GetProperty("gateway").GetString()!);

    public static string? ReasonOf(JsonElement runOrAttempt) => TextOf(runOrAttempt, "reason");

    /// <summary>Null when it wrote none.</summary>
    public static string? SnapshotOf(JsonElement run) => TextOf(run, "snapshot");

    private static string? TextOf(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}
