using System.CommandLine;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Failover;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate enroll CODE</c>: makes this machine a connector of the tenant that the code is for.</summary>
internal sealed class EnrollCommand(CommonOptions common, ConnectorConsole console, UserStop stopping, TimeProvider time)
{
    private readonly Argument<string> _code = new("code") { Description = "The code from your service provider; it works once. - reads it from standard input, where no process list shows it." };

    private readonly Option<string?> _hostName = new("--host-name")
    {
        Description = "This machine's name at the provider; it also names its restic repository. Default: the host name.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _replace = new("--replace") { Description = "Enrol although this folder holds an identity, which is then lost." };

    /// <summary>The command.</summary>
    public Command Build()
    {
        var command = new Command("enroll", "Enrol this machine with a code from the service provider.");
        command.Arguments.Add(_code);
        command.Options.Add(_hostName);
        command.Options.Add(_replace);
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var text = await CodeText.ReadAsync(parsed.GetRequiredValue(_code), Console.In, stopping.Asked);
        if (!EnrolmentCode.TryParse(text, out var code))
        {
            throw new ConnectorFailureException(ExitCodes.Usage, "That is not an enrolment code. It begins with hg1: and goes on to the end of the fingerprint; paste it whole.");
        }

        if (code.Role != CertificateRole.Connector)
        {
            throw new ConnectorFailureException(ExitCodes.Usage, $"This code is for a {code.Role.ToString().ToLowerInvariant()}; this program takes one for a connector.");
        }

        var folder = common.FolderOf(parsed);
        var hostName = parsed.GetValue(_hostName) ?? Environment.MachineName;
        if (!parsed.GetValue(_replace) && ProgramIdentity.TryLoad(folder.Path, out var existing))
        {
            using (existing)
            {
                throw new ConnectorFailureException(
                    ExitCodes.StateFolder,
                    $"{folder.Path} holds the identity of {existing.Identity.Id} in {existing.Zone} already. Use another folder (--data), or --replace to give that one up.");
            }
        }

        folder.Create();
        var enroller = new Enroller(common.ResolverOf(parsed), DialTimeouts.Default, time);
        using var key = EnrolmentKey.LoadOrMake(folder.Path);
        using var identity = await enroller.EnrolAsync(code, key, hostName, stopping.Asked);
        identity.Save(folder.Path);
        EnrolmentKey.Forget(folder.Path);
        folder.SaveSettings(new ConnectorSettings(hostName, null));
        console.Output.WriteLine($"Enrolled as {identity.Identity.Id} in {identity.Zone}. Identity kept in {folder.Path}.");
        return ExitCodes.Ok;
    }
}
