using System.Globalization;
using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>Which gateway carries how many connections of runs, as the gateways list them; those of the tenant API are not counted.</summary>
internal static class RunConnections
{
    /// <summary>Of every gateway that runs, all asked at once: who moves meanwhile is hardly counted twice, or left out.</summary>
    public static async Task<Dictionary<string, int>> CountAsync(World world)
    {
        var counts = world.GatewayNames.Where(name => world[name].IsRunning).Select(async gateway =>
            (Gateway: gateway, Count: (await GatewayConnections.ListAsync(world, gateway)).Count(IsOfRun)));
        return (await Task.WhenAll(counts)).ToDictionary(one => one.Gateway, one => one.Count);
    }

    /// <summary>Such as <c>gtw1 100, gtw2 99</c>.</summary>
    public static string Words(Dictionary<string, int> counts) =>
        string.Join(", ", counts.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}")));

    private static bool IsOfRun(JsonElement connection) =>
        connection.TryGetProperty("serverName", out var name) && name.GetString() != "cc." + World.Zone;
}
