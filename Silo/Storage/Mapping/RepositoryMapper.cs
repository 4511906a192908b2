using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Grains.Repositories;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage.Mapping;

internal sealed class RepositoryMapper : IStateMapper<RepositoryRecord>
{
    public SubjectKind Kind => SubjectKind.Repository;

    public async Task<(RepositoryRecord State, long Version)?> LoadAsync(SiloDbContext db, string key, CancellationToken cancellationToken)
    {
        var row = await db.Repositories.SingleOrDefaultAsync(row => row.Id == key, cancellationToken);
        return row is null ? null : (new RepositoryRecord
        {
            Host = row.Host,
            Port = row.Port,
            Serial = row.Serial,
            PreviousSerial = row.PreviousSerial,
            NotAfter = row.NotAfter,
            Revoked = row.Revoked,
            Enrolment = row.Enrolment,
            Created = row.Created,
            Codes = await CodeRows.LoadAsync(db, CertificateRole.Repository, key, cancellationToken),
        }, row.Version);
    }

    public Task InsertAsync(SiloDbContext db, string key, RepositoryRecord state, CancellationToken cancellationToken)
    {
        db.Add(Row(key, state, 1));
        return CodeRows.ReconcileAsync(db, CertificateRole.Repository, key, state.Codes, cancellationToken);
    }

    public Task UpdateAsync(SiloDbContext db, string key, RepositoryRecord state, long expected, CancellationToken cancellationToken)
    {
        db.UpdateRoot(Row(key, state, expected + 1), expected);
        return CodeRows.ReconcileAsync(db, CertificateRole.Repository, key, state.Codes, cancellationToken);
    }

    public Task DeleteAsync(SiloDbContext db, string key, long expected, CancellationToken cancellationToken)
    {
        db.DeleteRoot(Row(key, new RepositoryRecord(), expected), expected);
        return CodeRows.ReconcileAsync(db, CertificateRole.Repository, key, [], cancellationToken);
    }

    private static RepositoryRow Row(string key, RepositoryRecord state, long version) => new()
    {
        Id = key,
        Host = state.Host,
        Port = state.Port,
        Serial = state.Serial,
        PreviousSerial = state.PreviousSerial,
        NotAfter = state.NotAfter,
        Revoked = state.Revoked,
        Enrolment = state.Enrolment,
        Created = state.Created,
        Version = version,
    };
}
