using System.Globalization;
using System.Text;

namespace Headgate.Portal.Tenants.Recovery;

/// <summary>
/// What a tenant keeps to be able to restore on the day when nothing of its own is left: on the screen, on paper and in a file the same. No secret is in it, so that it can
/// lie where others see it.
/// </summary>
/// <param name="Title">Whose sheet it is.</param>
/// <param name="Sections">Its parts.</param>
internal sealed record RecoverySheet(string Title, ImmutableArray<RecoverySection> Sections)
{
    private const int Width = 76;

    /// <summary>Writes the sheet of a tenant as things stand.</summary>
    public static RecoverySheet Of(TenantInfo tenant, IReadOnlyList<QuotaInfo> quotas, IReadOnlyList<JobInfo> jobs, ProviderFacts provider, string site, DateTimeOffset now)
    {
        var machines = tenant.Connectors.Where(connector => !connector.Revoked).OrderBy(connector => connector.Host, StringComparer.OrdinalIgnoreCase).ToArray();
        var repository = tenant.Entitlements is [var first, ..] ? first.Repository : "REPOSITORY";
        var machine = machines is [var known, ..] ? known.Host : "MACHINE";
        return new RecoverySheet(
            $"Recovery sheet of {tenant.DisplayName}",
            [
                new RecoverySection("What only you have", [
                    RecoveryLine.Say("The password of each restic repository. Nobody can recover it: not your provider, not the makers of restic or of this program. Without it the backups cannot be read. Write down where it is kept, not the password itself."),
                    RecoveryLine.Blank("The restic password is kept at"),
                    RecoveryLine.Blank("Second place, away from the first"),
                ]),
                new RecoverySection("Your provider", [
                    RecoveryLine.Fact("Your name there", tenant.Tenant),
                    RecoveryLine.Fact("Public address", provider.PublicAddress),
                    RecoveryLine.Fact("Fingerprint of its authority", string.Join(' ', Components.Fingerprints.Groups(provider.AuthorityFingerprint))),
                    RecoveryLine.Fact("This site", site),
                    provider.Contact is { } contact ? RecoveryLine.Fact("Contact", contact) : RecoveryLine.Blank("Contact (telephone, e-mail)"),
                ]),
                new RecoverySection("Your repositories", tenant.Entitlements.IsEmpty ? [RecoveryLine.Say("None yet.")] : [.. tenant.Entitlements.Select(entitlement => RecoveryLine.Fact(
                    entitlement.Repository,
                    (quotas.FirstOrDefault(quota => quota.Repository == entitlement.Repository) is { } quota ? $"{Sizes.Of(quota.UsedBytes)} of {Sizes.Of(quota.LimitBytes)}; " : "")
                    + $"without the connector: {entitlement.AccessName}"))]),
                new RecoverySection("Your machines", machines.Length == 0 ? [RecoveryLine.Say("None is enrolled.")] : [.. machines.Select(connector => RecoveryLine.Fact(
                    connector.Host, $"restic repository /{connector.Host}/{LastGoodOf(connector, jobs)}"))]),
                new RecoverySection("Restore onto a new machine", [
                    RecoveryLine.Say("1. Install the connector and restic. The connector is on this site under Connectors, Add a machine; your provider has it, too."),
                    RecoveryLine.Say("2. Make an enrolment code on this site. If you cannot sign in, ask your provider for one: the contact is above. Read the fingerprint in the code, after '#', against the one above."),
                    RecoveryLine.Command("headgate enroll CODE"),
                    RecoveryLine.Say("3. See which backups there are. restic asks for the password."),
                    RecoveryLine.Command($"headgate run --job restore --repository {repository} --path /{machine}/ -- restic snapshots"),
                    RecoveryLine.Say("4. Bring them back."),
                    RecoveryLine.Command($"headgate run --job restore --repository {repository} --path /{machine}/ -- restic restore latest --target /restored"),
                    RecoveryLine.Say("A full quota and the limit of runs at once do not hold up a restore."),
                ]),
                new RecoverySection("Try it before you need it", [
                    RecoveryLine.Say("Restore something onto another machine twice a year, by this sheet alone, and write down when you did."),
                    RecoveryLine.Blank("Tried on"),
                    RecoveryLine.Say($"As of {Times.Of(now)} UTC. There is no secret on this sheet."),
                ]),
            ]);
    }

    /// <summary>The sheet as a text file.</summary>
    public string ToText()
    {
        var text = new StringBuilder().Append(Title).Append("\n").Append('=', Math.Min(Width, Title.Length)).Append("\n\n");
        foreach (var section in Sections)
        {
            text.Append(section.Title).Append('\n').Append('-', section.Title.Length).Append('\n');
            foreach (var line in section.Lines)
            {
                text.Append(line.Kind switch
                {
                    RecoveryLineKind.Command => $"    {line.Text}",
                    RecoveryLineKind.Blank => string.Create(CultureInfo.InvariantCulture, $"{line.Label}: ______________________________"),
                    RecoveryLineKind.Fact => $"{line.Label}: {line.Text}",
                    _ => Wrap(line.Text),
                }).Append('\n');
            }

            text.Append('\n');
        }

        // For an editor of any system.
        return text.ToString().ReplaceLineEndings("\r\n");
    }

    private static string Wrap(string sentence)
    {
        var wrapped = new StringBuilder();
        var column = 0;
        foreach (var word in sentence.Split(' '))
        {
            if (column > 0 && column + 1 + word.Length > Width)
            {
                wrapped.Append('\n');
                column = 0;
            }

            wrapped.Append(column > 0 ? " " : "").Append(word);
            column += word.Length + (column > 0 ? 1 : 0);
        }

        return wrapped.ToString();
    }

    private static string LastGoodOf(ConnectorInfo connector, IReadOnlyList<JobInfo> jobs) =>
        jobs.Where(job => job.Runs is [var run, ..] && run.Connector == connector.Connector).Select(job => job.LastGood).Max() is { } good ? $", last good backup {Times.Of(good)} UTC" : "";
}
