using Headgate.Server.Hosting;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage.Engines;

namespace Headgate.Server.Backup;

/// <summary>
/// What <c>backup</c> asks of the running server: a copy of the database, which it reads out of the data directory itself. Passphrase and archive never
/// come here.
/// </summary>
internal static class BackupEndpoints
{
    public const string Copies = "/v1/backup/copies";

    /// <summary>Maps them.</summary>
    public static void MapBackup(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(Copies, async (BackupCopies copies, CancellationToken token) => TypedResults.Ok(await copies.MakeAsync(token)));
        routes.MapDelete(Copies, (BackupCopies copies) =>
        {
            copies.Release();
            return TypedResults.NoContent();
        });
    }
}

/// <summary>The one copy that is out, if any.</summary>
internal sealed class BackupCopies(ServerOptions options, DatabaseLocation location, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private DatabaseCopy? _out;

    /// <summary>Makes a copy in the place of the one before.</summary>
    /// <exception cref="Grains.RefusedException">It cannot be made.</exception>
    public async Task<CopyAnswer> MakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            var copy = await DatabaseCopy.MakeAsync(location, options.Silo.DataDirectory, time, cancellationToken);
            lock (_lock)
            {
                _out = copy;
            }

            var silo = options.Silo;
            return new CopyAnswer(
                copy.Path,
                copy.Taken,
                string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(OperatorSecret.Variable)),
                new ServerSettings(silo.Zone, silo.PublicName, silo.PublicPort, silo.EdgeListen, silo.EdgeAddress, silo.TenantListen, silo.TenantAddress,
                    options.PortalListen, options.SiteListen));
        }
        catch (BackupException exception)
        {
            throw new Grains.RefusedException(Grains.RefusalReason.Unavailable, exception.Message);
        }
    }

    /// <summary>The copy was read.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _out?.Dispose();
            _out = null;
        }
    }

    public void Dispose() => Release();
}

/// <summary>A copy of the database that was made.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Taken">The moment it is of.</param>
/// <param name="SecretInFile">Whether the server reads its operator secret from the data directory, not from its environment.</param>
/// <param name="Settings">How the server runs.</param>
internal sealed record CopyAnswer(string Path, DateTimeOffset Taken, bool SecretInFile, ServerSettings Settings);
