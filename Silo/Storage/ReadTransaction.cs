using Headgate.Silo.Storage.Engines;
using Microsoft.EntityFrameworkCore.Storage;

namespace Headgate.Silo.Storage;

internal static class ReadTransaction
{
    /// <summary>A transaction for reading: all queries see one moment, and no lock is taken.</summary>
    public static Task<IDbContextTransaction> BeginReadAsync(this SiloDbContext db, CancellationToken cancellationToken) =>
        DatabaseEngine.Of(db).BeginReadAsync(db, cancellationToken);
}
