using System.Collections.Concurrent;
using Headgate.Protocol.Enrolment;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Authorization;

/// <summary>
/// Which roots each program says that it trusts (<see cref="AuthorityNews.TrustsHeader"/>). Written when it changes, and not more often than six times a
/// minute for one program, so that one that says something else each time cannot keep the writer busy. Safe for concurrent use.
/// </summary>
internal sealed class TrustLedger(IDbContextFactory<SiloDbContext> contexts, ISiloWriter writer, TimeProvider time, ILogger<TrustLedger> logger)
{
    private const int MaxEntries = 200_000;
    private const int MaxChanges = 6;
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (string Authorities, long Since, int Changes)> _known = new(StringComparer.Ordinal);

    /// <summary>Notes what <paramref name="identity"/> said. A fault of the database is logged and forgotten: it is said again with each request.</summary>
    public async ValueTask NoteAsync(string identity, string? header, CancellationToken cancellationToken)
    {
        // It is said with every request, and is written there as it was read.
        var isKnown = _known.TryGetValue(identity, out var known);
        if (isKnown && known.Authorities == header)
        {
            return;
        }

        if (AuthorityNews.Parse(header) is not { Count: > 0 } trusts)
        {
            return;
        }

        var said = AuthorityNews.Format(trusts);
        if (isKnown && time.GetElapsedTime(known.Since) > s_window)
        {
            (known.Since, known.Changes) = (time.GetTimestamp(), 0);
        }

        if (isKnown && (known.Authorities == said || known.Changes >= MaxChanges))
        {
            return;
        }

        if (_known.Count >= MaxEntries)
        {
            _known.Clear();
        }

        try
        {
            var isNews = isKnown || await StoredAsync(identity, cancellationToken) != said;
            _known[identity] = (said, isKnown ? known.Since : time.GetTimestamp(), known.Changes + 1);
            if (isNews)
            {
                await WriteAsync(identity, said, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _known.TryRemove(identity, out _);
            CertificateLog.TrustNotWritten(logger, exception, identity);
        }
    }

    private async Task<string?> StoredAsync(string identity, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.ProgramTrusts.Where(row => row.Identity == identity).Select(row => row.Authorities).SingleOrDefaultAsync(cancellationToken);
    }

    private Task WriteAsync(string identity, string said, CancellationToken cancellationToken) => writer.WriteAsync(
        async (db, token) =>
        {
            if (await db.ProgramTrusts.SingleOrDefaultAsync(row => row.Identity == identity, token) is { } row)
            {
                (row.Authorities, row.Confirmed) = (said, time.GetUtcNow());
            }
            else
            {
                db.ProgramTrusts.Add(new ProgramTrustRow { Identity = identity, Authorities = said, Confirmed = time.GetUtcNow() });
            }
        },
        cancellationToken);
}
