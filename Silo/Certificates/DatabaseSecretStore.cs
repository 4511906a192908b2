using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Certificates;

/// <summary>Sealed secrets in the table <c>silo_secret</c>.</summary>
internal sealed class DatabaseSecretStore(IDbContextFactory<SiloDbContext> contexts, ISiloWriter writer, TimeProvider time) : ISecretStore
{
    public async Task<byte[]?> FindAsync(string name, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Secrets.Where(row => row.Name == name).Select(row => row.Ciphertext).SingleOrDefaultAsync(cancellationToken);
    }

    public IReadOnlyList<(string Name, byte[] Sealed)> List(string prefix)
    {
        using var db = contexts.CreateDbContext();
        return [.. db.Secrets.Where(row => row.Name.StartsWith(prefix)).OrderBy(row => row.Name).AsEnumerable().Select(row => (row.Name, row.Ciphertext))];
    }

    public async Task<IReadOnlyList<(string Name, byte[] Sealed)>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Secrets.Where(row => row.Name.StartsWith(prefix)).OrderBy(row => row.Name).ToListAsync(cancellationToken);
        return [.. rows.Select(row => (row.Name, row.Ciphertext))];
    }

    public async Task<byte[]> AddAsync(string name, byte[] sealedSecret, AuditEntry? audit, CancellationToken cancellationToken)
    {
        var kept = sealedSecret;
        await writer.WriteAsync(
            async (db, token) =>
            {
                kept = sealedSecret;
                if (await db.Secrets.SingleOrDefaultAsync(row => row.Name == name, token) is { } other)
                {
                    kept = other.Ciphertext;
                    return;
                }

                db.Secrets.Add(new SecretRow { Name = name, Ciphertext = sealedSecret, Created = time.GetUtcNow() });
                Note(db, audit);
            },
            cancellationToken);
        return kept;
    }

    public async Task<byte[]> ReplaceAsync(string name, byte[] expected, byte[] sealedSecret, AuditEntry? audit, CancellationToken cancellationToken)
    {
        var kept = sealedSecret;
        await writer.WriteAsync(
            async (db, token) =>
            {
                kept = sealedSecret;
                var row = await db.Secrets.SingleAsync(row => row.Name == name, token);
                if (!row.Ciphertext.AsSpan().SequenceEqual(expected))
                {
                    kept = row.Ciphertext;
                    return;
                }

                (row.Ciphertext, row.Created) = (sealedSecret, time.GetUtcNow());
                Note(db, audit);
            },
            cancellationToken);
        return kept;
    }

    public Task RemoveAsync(string name, AuditEntry? audit, CancellationToken cancellationToken) => writer.WriteAsync(
        async (db, token) =>
        {
            if (await db.Secrets.SingleOrDefaultAsync(row => row.Name == name, token) is { } row)
            {
                db.Secrets.Remove(row);
                Note(db, audit);
            }
        },
        cancellationToken);

    private void Note(SiloDbContext db, AuditEntry? audit)
    {
        if (audit is not null)
        {
            db.Audit.Add(new AuditRow { At = time.GetUtcNow(), Kind = audit.Kind, Who = audit.Who, What = audit.What, Tenant = audit.Tenant });
        }
    }
}
