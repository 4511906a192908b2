using System.Globalization;
using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>Which gateway carries how many connections of runs, as the gateways list them; those of the tenant API are not counted.</summary>
internal static class RunConnections
{
    /// <summary>Of every gateway that runs.</summary>
    public static async Task<Dictionary<string, int>> CountAsync(World world)
    {
        var counts = new Dictionary<string, int>();
        foreach (var gateway in world.GatewayNames.Where(name => world[name].IsRunning))
        {
            var listed = (await Tool.RunAsync(Programs.Gateway, ["connections", "--json", "--data", world.PathOf(gateway)])).Succeeded();
            counts[gateway] = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(IsOfRun);
        }

        return counts;
    }

    /// <summary>Such as <c>gtw1 100, gtw2 99</c>.</summary>
    public static string Words(Dictionary<string, int> counts) =>
        string.Join(", ", counts.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}")));

    private static bool IsOfRun(string line)
    {
        using var read = JsonDocument.Parse(line);
        return read.RootElement.TryGetProperty("serverName", out var name) && name.GetString() != "cc." + World.Zone;
    }
}
