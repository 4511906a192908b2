using System.CommandLine;
using Headgate.Gateway.Enrolment;

namespace Headgate.Gateway.Commands;

/// <summary>The options that a fleet token's code needs, alike for <c>run</c> and <c>enroll</c>.</summary>
internal sealed class FleetOptions
{
    private readonly Option<string?> _id = new("--id")
    {
        Description = "With a fleet token's code: the id this gateway gets. Default: the host name's first label.",
    };

    private readonly Option<string?> _address = new("--address")
    {
        Description = "With a fleet token's code: where tenants reach this gateway.",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string?> _mode = new("--mode")
    {
        Description = "With a fleet token's code: direct, or nat when the address is on a firewall that forwards to this gateway. Default: direct.",
        HelpName = "direct|nat",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_id);
        command.Options.Add(_address);
        command.Options.Add(_mode);
    }

    public FleetPlace Of(ParseResult parsed) => new(parsed.GetValue(_id), parsed.GetValue(_address), parsed.GetValue(_mode));
}
