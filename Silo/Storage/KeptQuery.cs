using System.Collections.Concurrent;
using System.Data.Common;
using Headgate.Silo.Storage.Engines;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Storage;

/// <summary>
/// A query for one row that is asked thousands of times a second: translated once for each of a few connections, which stay open. To open one, translate and parse takes several times as
/// long as the query itself (docs/gateway-list.md). There are as many connections as there were askers at once. SQLite keeps a command's parsed form by itself; PostgreSQL is not asked to, for a
/// pooler may lead each question to another server process. Safe for concurrent use.
/// </summary>
/// <typeparam name="TRow">What a row becomes.</typeparam>
/// <param name="contexts">Makes connections.</param>
/// <param name="query">The query; its parameters are variables that it captures.</param>
/// <param name="parameters">Their names.</param>
/// <param name="read">Reads a row, in the order of what the query selects.</param>
internal sealed class KeptQuery<TRow>(
    IDbContextFactory<SiloDbContext> contexts, Func<SiloDbContext, IQueryable<TRow>> query, string[] parameters, Func<DbDataReader, TRow> read) : IDisposable
    where TRow : class
{
    private readonly ConcurrentStack<Kept> _idle = new();
    private volatile bool _isDisposed;

    /// <summary>The first row, or null.</summary>
    /// <param name="values">Of the parameters, in their order.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DbException">The database failed, over a new connection too.</exception>
    public async Task<TRow?> FirstOrDefaultAsync(string[] values, CancellationToken cancellationToken)
    {
        while (_idle.TryPop(out var kept))
        {
            try
            {
                return await AskAsync(kept, values, cancellationToken);
            }
            catch (DbException exception) when (!exception.Causes().Any(cause => cause is TimeoutException))
            {
                // It may have ended while nobody asked, as all of them may; a new one says how things are.
            }
        }
        return await AskAsync(await OpenAsync(cancellationToken), values, cancellationToken);
    }

    public void Dispose()
    {
        _isDisposed = true;
        while (_idle.TryPop(out var kept))
        {
            kept.Dispose();
        }
    }

    private async Task<TRow?> AskAsync(Kept kept, string[] values, CancellationToken cancellationToken)
    {
        var isWhole = false;
        try
        {
            for (var i = 0; i < values.Length; i++)
            {
                kept.Parameters[i].Value = values[i];
            }
            await using var reader = await kept.Command.ExecuteReaderAsync(cancellationToken);
            var row = await reader.ReadAsync(cancellationToken) ? read(reader) : null;
            isWhole = true;
            return row;
        }
        finally
        {
            if (isWhole && !_isDisposed)
            {
                _idle.Push(kept);
            }
            else
            {
                kept.Dispose();
            }
        }
    }

    private async Task<Kept> OpenAsync(CancellationToken cancellationToken)
    {
        var db = await contexts.CreateDbContextAsync(cancellationToken);
        try
        {
            await db.Database.OpenConnectionAsync(cancellationToken);
            var command = query(db).CreateDbCommand();
            return new Kept(db, command, [.. parameters.Select(name => command.Parameters["@" + name])]);
        }
        catch (Exception)
        {
            await db.DisposeAsync();
            throw;
        }
    }

    private sealed record Kept(SiloDbContext Db, DbCommand Command, DbParameter[] Parameters) : IDisposable
    {
        public void Dispose()
        {
            Command.Dispose();
            Db.Dispose();
        }
    }
}
