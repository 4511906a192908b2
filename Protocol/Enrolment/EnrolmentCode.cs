using System.Globalization;
using System.Net;
using Headgate.Protocol.Naming;

namespace Headgate.Protocol.Enrolment;

/// <summary>
/// What a user pastes to enrol: <c>hg1:&lt;role&gt;:&lt;subject&gt;:&lt;secret&gt;@&lt;host&gt;:&lt;port&gt;#&lt;fingerprint&gt;</c>. The fingerprint is
/// <c>base32(SHA-256(root certificate, DER))</c>, 52 characters; the secret is 26 base32 characters (128 bits). An IPv6 address stands in brackets.
/// The role of a code with which many gateways enrol is the word <c>fleet</c>, its subject the fleet token: a certificate says <c>gateway</c> all the same.
/// No character of it needs quoting in a POSIX shell or in PowerShell.
/// </summary>
/// <param name="Role">Who may use it: gateway, repository or connector.</param>
/// <param name="Subject">The gateway, the repository or (for a connector) the tenant.</param>
/// <param name="Secret">The one-time secret.</param>
/// <param name="Host">Where to enrol: the public name for connectors, a silo's address for the others.</param>
/// <param name="Port">TCP port.</param>
/// <param name="Fingerprint">Of the authority's root.</param>
public sealed record EnrolmentCode(CertificateRole Role, string Subject, string Secret, string Host, int Port, string Fingerprint)
{
    private const string Prefix = "hg1:";
    private const string Fleet = "fleet";
    private const int SecretLength = 26;
    private const int FingerprintLength = 52;
    private const int MaxLength = 512;

    /// <summary>Whether <see cref="Subject"/> is a fleet token and no gateway; the role is then <see cref="CertificateRole.Gateway"/>. Default: false.</summary>
    public bool IsFleet { get; init; }

    /// <summary>The role as it stands in the code and in a request: <c>gateway</c>, <c>repository</c>, <c>connector</c> or <c>fleet</c>.</summary>
    public string RoleWord => IsFleet ? Fleet : Role.ToString().ToLowerInvariant();

    /// <summary>Whom it is for, without the secret: what ends up in a log by accident is this.</summary>
    public override string ToString() => $"enrolment code of {RoleWord} {Subject}";

    /// <summary>The code as users see it. It is a secret: never log it.</summary>
    public string Format()
    {
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return string.Create(CultureInfo.InvariantCulture,
            $"{Prefix}{RoleWord}:{Subject}:{Secret}@{host}:{Port}#{Fingerprint}");
    }

    /// <summary>Parses a pasted code, surrounding white space allowed. False when it is not one; a code has one spelling.</summary>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out EnrolmentCode? code)
    {
        code = null;
        text = text?.Trim();
        if (text is null || text.Length > MaxLength || !text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var at = text.IndexOf('@', StringComparison.Ordinal);
        var hash = text.IndexOf('#', StringComparison.Ordinal);
        if (at < 0 || hash < at)
        {
            return false;
        }

        var who = text[Prefix.Length..at].Split(':');
        var where = text[(at + 1)..hash];
        var fingerprint = text[(hash + 1)..];
        var colon = where.LastIndexOf(':');
        if (who.Length != 3 || colon < 0)
        {
            return false;
        }

        CertificateRole? role = who[0] switch
        {
            "gateway" or Fleet => CertificateRole.Gateway,
            "repository" => CertificateRole.Repository,
            "connector" => CertificateRole.Connector,
            _ => null,
        };
        var host = where[..colon];
        var portText = where[(colon + 1)..];
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        host = bracketed ? host[1..^1] : host;
        var isAddress = IPAddress.TryParse(host, out var address);

        // No scope (it names another interface on every machine), prefix or brackets of its own, all of which IPAddress reads.
        var hostIsValid = bracketed
            ? isAddress && address!.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && host.All(static c => char.IsAsciiHexDigit(c) || c is ':' or '.')
            : ZoneNames.IsDnsName(host);
        Span<byte> bytes = stackalloc byte[32];
        var valid = role is not null
            && Identifier.IsValid(who[1])
            && who[2].Length == SecretLength && Base32.TryDecode(who[2], bytes[..16])
            && hostIsValid
            && portText.All(char.IsAsciiDigit)
            && int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 && portText[0] != '0'
            && fingerprint.Length == FingerprintLength && Base32.TryDecode(fingerprint, bytes);
        if (!valid)
        {
            return false;
        }

        code = new EnrolmentCode(role!.Value, who[1], who[2], host, int.Parse(portText, CultureInfo.InvariantCulture), fingerprint) { IsFleet = who[0] == Fleet };
        return true;
    }
}
