using Headgate.Gateway.Doctor;
using Headgate.Silo.Listening;

namespace Headgate.Server.Doctor;

/// <summary>Whether the portal and the tenants' site can be reached, and what they show to browsers.</summary>
internal static class SiteChecks
{
    private static readonly TimeSpan s_certificateDue = TimeSpan.FromDays(14);

    /// <summary>Examines a site.</summary>
    public static async Task ExamineAsync(Examination found, SiteFacts site, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var check = $"{site.Name} {site.Address}";
        EndPointText.TryParseHost(site.Address, out var host, out var port);

        // The tenants' site talks to gateways alone; whether it answers through them is seen at their addresses.
        if (await TlsProbe.ConnectAsync(host!, port, cancellationToken) is { } why)
        {
            found.Fail(check, $"cannot be reached: {why}", $"Let {site.Option} be where it is reached, and the firewall let those who need it.");
        }
        else
        {
            found.Ok(check, "can be reached from here");
        }

        var certificate = "certificate of the " + site.Name;
        if (!site.CoversName)
        {
            found.Fail(
                certificate, $"{site.CertificateFile} is not for {site.ServerName}", $"Browsers refuse it: bring one for {site.ServerName}. The file may be replaced while the server runs.");
        }

        MachineChecks.Life(
            found, certificate, site.CertificateEnds, s_certificateDue, now,
            site.CertificateFile is { } file
                ? $"Put the next one into {file} and its key; the server reads them again by itself."
                : "The server renews it by itself at two thirds of its life; if it does not, restart it and look at its log.");
    }
}
