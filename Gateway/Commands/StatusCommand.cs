using System.CommandLine;
using System.Text.Json;
using Headgate.Gateway.Heartbeat;

namespace Headgate.Gateway.Commands;

/// <summary>
/// <c>headgate-gateway status</c>: the counters as JSON. Of a gateway that no longer runs (killed, too) it prints the last ones, with
/// <c>"running": false</c>.
/// </summary>
internal static class StatusCommand
{
    /// <summary>The process that wrote the counters does not run.</summary>
    public const int NotRunning = 3;

    public static Command Create(Option<string> data)
    {
        var command = new Command("status", "Print this gateway's counters as JSON. Exit code 0: it runs; 3: it does not, these are its last; 1: there are none.") { data };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(data)!;
            try
            {
                if (StatusFile.Read(folder) is { } status)
                {
                    Console.Out.WriteLine(JsonSerializer.Serialize(status, GatewayJson.Default.GatewayStatus));
                    return status.Running ? GatewayHost.Stopped : NotRunning;
                }

                Console.Error.WriteLine($"{StatusFile.PathIn(folder)} is not there: no gateway has run with --data {folder}.");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
            {
                Console.Error.WriteLine($"{StatusFile.PathIn(folder)} cannot be read: {e.Message}");
            }

            return GatewayHost.CannotStart;
        });
        return command;
    }
}
