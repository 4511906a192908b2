using Headgate.Silo.Storage.Engines;

namespace Headgate.Silo.Storage;

internal static class TextFolding
{
    /// <summary>Opens the connection and sees to it that <c>lower()</c> folds every script.</summary>
    public static Task OpenForTextAsync(this SiloDbContext db, CancellationToken cancellationToken) => DatabaseEngine.Of(db).OpenForTextAsync(db, cancellationToken);
}
