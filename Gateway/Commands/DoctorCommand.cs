using System.CommandLine;
using Headgate.Gateway.Doctor;

namespace Headgate.Gateway.Commands;

/// <summary><c>headgate-gateway doctor</c>: says what is wrong with this machine and its surroundings, and what to do.</summary>
internal static class DoctorCommand
{
    /// <summary>The command line cannot be understood.</summary>
    private const int Usage = 2;

    public static Command Create(Option<string> data)
    {
        var server = new Option<string?>("--dns-server") { Description = "Name server to ask. Default: this machine's first.", HelpName = "ADDRESS[:PORT]" };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("doctor", "Examine this gateway and what it depends on. Exit code 0: all is well; 1: a problem; 4: warnings only; 2: usage.") { data, server, json };
        command.SetAction(async (parsed, token) =>
        {
            var given = parsed.GetValue(server);
            var resolver = DnsResolver.Of(given);
            if (given is not null && resolver is null)
            {
                await Console.Error.WriteLineAsync($"--dns-server is '{given}'; allowed is an IP address, with a port or without, such as 192.0.2.53 or 127.0.0.1:5353.");
                return Usage;
            }

            var found = await new GatewayDoctor(parsed.GetValue(data)!, resolver, TimeProvider.System).ExamineAsync(token);
            found.Print(Console.Out, parsed.GetValue(json));
            return found.ExitCode;
        });
        return command;
    }
}
