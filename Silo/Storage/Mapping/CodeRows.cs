using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Grains.Enrolment;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage.Mapping;

/// <summary>The enrolment codes of one gateway, repository or tenant, as child rows.</summary>
internal static class CodeRows
{
    public static async Task<List<EnrolmentCodeEntry>> LoadAsync(
        SiloDbContext db, CertificateRole role, string subject, CancellationToken cancellationToken)
    {
        var rows = await Of(db, role, subject).OrderBy(row => row.Created).ToListAsync(cancellationToken);
        return [.. rows.Select(Entry)];
    }

    public static Task ReconcileAsync(
        SiloDbContext db, CertificateRole role, string subject, List<EnrolmentCodeEntry> codes, CancellationToken cancellationToken) =>
        db.ReconcileAsync(Of(db, role, subject), codes.Select(code => Row(role, subject, code)), cancellationToken);

    private static IQueryable<EnrolmentCodeRow> Of(SiloDbContext db, CertificateRole role, string subject) =>
        db.EnrolmentCodes.Where(row => row.Role == role && row.Subject == subject);

    private static EnrolmentCodeEntry Entry(EnrolmentCodeRow row) => new(
        [.. row.SecretSha256],
        row.Level,
        row.Created,
        row.Expires,
        row.Used is { } used
            ? new EnrolmentCodeUse(used, [.. row.PublicKeySha256!], new IssuedCertificate([.. row.Certificate!], row.Serial!, row.NotAfter!.Value, row.Identity!))
            : null);

    private static EnrolmentCodeRow Row(CertificateRole role, string subject, EnrolmentCodeEntry code) => new()
    {
        SecretSha256 = [.. code.SecretSha256],
        Role = role,
        Subject = subject,
        Level = code.Level,
        Created = code.Created,
        Expires = code.Expires,
        Used = code.Use?.At,
        PublicKeySha256 = code.Use is { } use ? [.. use.PublicKeySha256] : null,
        Certificate = code.Use is { } answered ? [.. answered.Certificate.Certificate] : null,
        Serial = code.Use?.Certificate.Serial,
        NotAfter = code.Use?.Certificate.NotAfter,
        Identity = code.Use?.Certificate.Identity,
    };
}
