using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Headgate.Gateway.Control;
using Headgate.Protocol.Naming;

namespace Headgate.Gateway.Commands;

/// <summary><c>headgate-gateway connections</c>: every connection of the running gateway, and what each tenant's come to.</summary>
internal static class ConnectionsCommand
{
    /// <summary>The command line cannot be understood.</summary>
    private const int Usage = 2;

    private static readonly TimeSpan s_answerWithin = TimeSpan.FromSeconds(20);

    public static Command Create(Option<string> data)
    {
        var tenant = new Option<string?>("--tenant") { Description = "Only this tenant's.", HelpName = "TENANT" };
        var sort = new Option<string>("--sort") { Description = "What comes first: the most bytes, the oldest, the longest idle.", HelpName = "bytes|age|idle", DefaultValueFactory = _ => "bytes" };
        var json = new Option<bool>("--json") { Description = "Print a line of JSON for each connection, then one for each tenant's total." };
        var command = new Command(
            "connections", "List the running gateway's connections and each tenant's total. Exit code 0; 3: no gateway runs there; 1: it cannot be asked; 2: usage.") { data, tenant, sort, json };
        command.SetAction(async (parsed, token) =>
        {
            var (folder, only, order) = (parsed.GetValue(data)!, parsed.GetValue(tenant), parsed.GetValue(sort)!);
            if (only is not null && !Identifier.IsValid(only))
            {
                return Say(Usage, $"--tenant '{only}' is no tenant's id: {Identifier.Allowed}.");
            }

            if (KeyOf(order) is not { } key)
            {
                return Say(Usage, $"--sort is '{order}'; allowed are bytes, age and idle.");
            }

            try
            {
                using var deadline = new CancellationTokenSource(s_answerWithin);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(token, deadline.Token);
                var lines = await AskAsync(folder, only, both.Token);
                lines.Sort((one, other) => key(other).CompareTo(key(one)) is not 0 and var order ? order : one.Id.CompareTo(other.Id));
                Print(Console.Out, lines, parsed.GetValue(json));
                return GatewayHost.Stopped;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
            {
                return Say(GatewayHost.CannotStart, $"{ControlSocket.PathIn(folder)} may be opened by its owner only. Run this as the user that the gateway runs as, or as root.");
            }
            catch (SocketException)
            {
                return Say(StatusCommand.NotRunning, $"No gateway runs with --data {folder}. 'headgate-gateway status' has the last counters.");
            }
            catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
            {
                return Say(GatewayHost.CannotStart, $"The gateway with --data {folder} cannot be asked: {e.Message}.");
            }
            catch (OperationCanceledException) when (!token.IsCancellationRequested)
            {
                return Say(GatewayHost.CannotStart, $"The gateway with --data {folder} did not answer within {s_answerWithin.TotalSeconds:0} s.");
            }
        });
        return command;
    }

    private static Func<ConnectionLine, double>? KeyOf(string sort) => sort switch
    {
        "bytes" => line => line.BytesUp + line.BytesDown,
        "age" => line => line.AgeSeconds,
        "idle" => line => line.IdleSeconds,
        _ => null,
    };

    private static int Say(int code, string sentence)
    {
        Console.Error.WriteLine(sentence);
        return code;
    }

    private static async Task<List<ConnectionLine>> AskAsync(string folder, string? tenant, CancellationToken cancellationToken)
    {
        using var socket = ControlSocket.Connect(folder);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(tenant is null ? "connections\n" : $"connections {tenant}\n"), cancellationToken);
        using var reader = new StreamReader(stream);
        var lines = new List<ConnectionLine>();
        while (await reader.ReadLineAsync(cancellationToken) is { } text)
        {
            if (text.StartsWith("{\"id\":", StringComparison.Ordinal))
            {
                lines.Add(JsonSerializer.Deserialize(text, ControlJson.Default.ConnectionLine)!);
                continue;
            }

            var end = JsonSerializer.Deserialize(text, ControlJson.Default.AnswerEnd)!;
            return end.Count == lines.Count ? lines : throw new IOException(end.Error ?? $"it named {lines.Count} of {end.Count} connections");
        }

        throw new IOException("the answer ended early");
    }

    private static void Print(TextWriter output, List<ConnectionLine> lines, bool json)
    {
        var totals = lines.GroupBy(line => line.Tenant).OrderBy(tenant => tenant.Key is null).ThenBy(tenant => tenant.Key, StringComparer.Ordinal)
            .Select(tenant => new TenantTotal(tenant.Key, tenant.Count(), tenant.Sum(line => line.BytesUp), tenant.Sum(line => line.BytesDown)));
        if (json)
        {
            lines.ForEach(line => output.WriteLine(JsonSerializer.Serialize(line, ControlJson.Default.ConnectionLine)));
            foreach (var total in totals)
            {
                output.WriteLine(JsonSerializer.Serialize(new TotalLine(total), ControlJson.Default.TotalLine));
            }

            return;
        }

        Table(output, ["SOURCE", "STAGE", "TENANT", "TARGET", "AGE", "IDLE", "UP", "DOWN", "NAME"], lines.Select(line => (string[])
        [
            line.Source, line.Stage, line.Tenant ?? "-", line.Target ?? "-", Seconds(line.AgeSeconds), Seconds(line.IdleSeconds),
            ByteSize.Format(line.BytesUp), ByteSize.Format(line.BytesDown), line.ServerName ?? "-",
        ]));
        output.WriteLine();
        Table(output, ["TENANT", "CONNECTIONS", "UP", "DOWN"], totals.Select(total => (string[])
            [total.Tenant ?? "-", total.Connections.ToString(CultureInfo.InvariantCulture), ByteSize.Format(total.BytesUp), ByteSize.Format(total.BytesDown)]));
    }

    private static void Table(TextWriter output, string[] head, IEnumerable<string[]> rows)
    {
        string[][] all = [head, .. rows];
        var widths = head.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s");
}
