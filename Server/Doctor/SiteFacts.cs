namespace Headgate.Server.Doctor;

/// <summary>How one of the two sites is reached.</summary>
/// <param name="Name">The site, in words.</param>
/// <param name="Option">The option that says where it listens or is reached.</param>
/// <param name="Address">Where it is reached, <c>host:port</c>.</param>
/// <param name="ServerName">The name that browsers ask for, or null where the provider chooses it.</param>
/// <param name="CertificateFile">The certificate that was brought, or null for one of the authority.</param>
/// <param name="CertificateEnds">When the certificate that is shown ends.</param>
/// <param name="CoversName">Whether it is for <paramref name="ServerName"/>.</param>
internal sealed record SiteFacts(
    string Name, string Option, string Address, string? ServerName, string? CertificateFile, DateTimeOffset CertificateEnds, bool CoversName);
