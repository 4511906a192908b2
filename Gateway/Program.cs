using System.CommandLine;
using Headgate.Gateway.Commands;

var data = new Option<string>("--data") { Description = "Folder for identity, cached routes and status.", Required = true };
var root = new RootCommand("Headgate cloud gateway: relays tenants' connections without reading them.")
{
    RunCommand.Create(data),
    EnrollCommand.Create(data),
    StatusCommand.Create(data),
    ConnectionsCommand.Create(data),
    DoctorCommand.Create(data),
};

// Signals are handled by run itself, which drains.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
