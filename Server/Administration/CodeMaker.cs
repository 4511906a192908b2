using Headgate.Grains;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Silo;
using Headgate.Silo.Certificates;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;

namespace Headgate.Server.Administration;

/// <summary>Makes enrolment codes of the secrets that grains give out. A code is shown once and never logged.</summary>
internal sealed class CodeMaker(SiloOptions options, Authority authority, ListeningAddresses addresses)
{
    /// <summary>How long a code lasts unless somebody says otherwise.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(24);

    private const long MinSeconds = 60;
    private const long MaxSeconds = 30L * 24 * 3600;

    /// <summary>A code for gateways and repositories (edge API) or connectors (public name).</summary>
    public CodeAnswer Make(CertificateRole role, string subject, EnrolmentSecret secret)
    {
        var (host, port) = role == CertificateRole.Connector
            ? (options.PublicName ?? new ZoneNames(options.Zone).TenantApi, options.PublicPort)
            : addresses.EdgeAddress;
        return new CodeAnswer(new EnrolmentCode(role, subject, secret.Secret, host, port, authority.Fingerprint).ToString(), secret.Expires);
    }

    /// <summary>A lifetime that a code may have.</summary>
    public static TimeSpan Lifetime(long seconds)
    {
        new FieldChecks().Require(
            seconds is >= MinSeconds and <= MaxSeconds, "lifetime", $"{seconds} s", $"{MinSeconds} s to {MaxSeconds} s (30 days)").Done();
        return TimeSpan.FromSeconds(seconds);
    }
}
