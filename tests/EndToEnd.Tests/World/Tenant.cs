using System.Text.Json;

namespace Headgate.EndToEnd.Tests;

/// <summary>A tenant of a test's provider.</summary>
internal sealed class Tenant(World world, string id)
{
    public World World => world;

    public string Id => id;

    /// <summary>Enrols a connector for a machine of that name.</summary>
    public async Task<Machine> EnrolAsync(string hostName, params string[] codeOptions)
    {
        var machine = new Machine(world, id, hostName);
        var code = await world.CodeAsync(["code", "connector", id, .. codeOptions]);
        (await machine.HeadgateAgainAsync("enroll", code, "--host-name", hostName)).Succeeded();
        return machine;
    }

    /// <summary>A new access key: <c>key</c>, <c>secret</c>, <c>accessName</c>, <c>url</c>.</summary>
    public Task<JsonElement> AccessKeyAsync(string repository = "repo1", params string[] options) =>
        world.AdminJsonAsync(["access-key", "add", id, repository, .. options]);

    /// <summary>A job with its runs.</summary>
    public Task<JsonElement> JobAsync(string job) => world.AdminJsonAsync("job", "show", id, job);

    /// <summary>Bytes counted against the quota, as the silo last heard.</summary>
    public async Task<long> UsedAsync(string repository = "repo1")
    {
        var quotas = await world.AdminJsonAsync("quota", "list");
        var items = quotas.ValueKind == JsonValueKind.Array ? quotas : quotas.GetProperty("items");
        return items.EnumerateArray()
            .Single(quota => quota.GetProperty("tenant").GetString() == id && quota.GetProperty("repository").GetString() == repository)
            .GetProperty("usedBytes").GetInt64();
    }
}
