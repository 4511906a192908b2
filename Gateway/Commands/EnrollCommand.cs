using System.CommandLine;
using Headgate.Gateway.Enrolment;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;

namespace Headgate.Gateway.Commands;

/// <summary><c>headgate-gateway enroll</c>: turns a code into this machine's certificate.</summary>
internal static class EnrollCommand
{
    public static Command Create(Option<string> data)
    {
        var code = new Argument<string>("CODE") { Description = "The enrolment code, as 'headgate-server code' or 'fleet add' printed it; - reads it from standard input, where no process list shows it." };
        var command = new Command("enroll", "Enrol this machine as a cloud gateway with a code.") { data, code };
        var fleet = new FleetOptions();
        fleet.AddTo(command);
        command.SetAction(async (parsed, token) =>
        {
            try
            {
                using var identity = await GatewayEnrolment.EnrolAsync(
                    parsed.GetValue(data)!, await CodeText.ReadAsync(parsed.GetValue(code)!, Console.In, token), fleet.Of(parsed), token);
                Console.Out.WriteLine($"Enrolled as gateway {identity.Identity.Id} of {identity.Zone}; the certificate is valid until {identity.Certificate.NotAfter.ToUniversalTime():u}.");
                return GatewayHost.Stopped;
            }
            catch (Exception e) when (e is GatewayStartException or EnrolmentException or ProblemException)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return GatewayHost.CannotStart;
            }
        });
        return command;
    }
}
