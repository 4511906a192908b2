using System.CommandLine;
using Headgate.Gateway.Doctor;
using Headgate.Server.Doctor;

namespace Headgate.Server.Commands;

/// <summary><c>doctor</c>: says what is wrong with this machine and everything that clients find it by, and what to do.</summary>
internal static class DoctorCommand
{
    public static Command Create(TextWriter output, TextWriter error, TimeProvider time)
    {
        var server = new Option<string?>("--dns-server") { Description = "Name server to ask. Default: this machine's first. Ask one outside to see what tenants see.", HelpName = "ADDRESS[:PORT]" };
        var command = new Command("doctor", "Examines this server and what it depends on. Exit code 0: all is well; 1: a problem; 4: warnings only; 2: usage.") { server };
        var database = new DatabaseOptions();
        database.AddTo(command);
        command.SetAction(async (values, token) =>
        {
            var given = values.GetValue(server);
            var resolver = DnsResolver.Of(given);
            if (given is not null && resolver is null)
            {
                await error.WriteLineAsync($"--dns-server is '{given}'; allowed is an IP address, with a port or without, such as 192.0.2.53 or 127.0.0.1:5353.");
                return ExitCodes.Usage;
            }

            var found = await new ServerDoctor(values.GetRequiredValue(ServerCommand.Data), database.Choose(values), resolver, time).ExamineAsync(token);
            found.Print(output, values.GetValue(ServerCommand.Json));
            return found.ExitCode;
        });
        return command;
    }
}
