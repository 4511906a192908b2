using System.Collections.Concurrent;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;
using Headgate.Repository.Edge;

namespace Headgate.Repository.Access;

/// <summary>
/// Asks the silo for a route that the stream has not told yet. Each name once per 5 s, 16 at a time, 3 s each: a gateway that makes names up
/// costs the silo little and other connections nothing.
/// </summary>
internal sealed class GrantLookup(AccessBook book, EdgeSession session, RepositoryMetrics metrics, TimeProvider time) : IDisposable
{
    private const int MaxUnknown = 4096;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_unknownFor = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _places = new(16);
    private readonly ConcurrentDictionary<string, long> _unknown = new(StringComparer.Ordinal);

    /// <summary>The grant behind a name, and why there is none.</summary>
    public async ValueTask<(RunGrant? Grant, ConnectionRefusal Refusal)> FindAsync(string serverName, CancellationToken token)
    {
        if (book.Grant(serverName) is { } known)
        {
            return (known, default);
        }

        if (_unknown.TryGetValue(serverName, out var since) && time.GetElapsedTime(since) < s_unknownFor)
        {
            return (null, ConnectionRefusal.UnknownRoute);
        }

        using var deadline = new CancellationTokenSource(s_timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(token, deadline.Token);
        try
        {
            await _places.WaitAsync(both.Token);
            try
            {
                var generation = book.Generation;
                var asked = book.Grant(serverName) ?? await session.Client.GetAsync<RunGrant>(EdgeRoutes.Grants + serverName, both.Token);
                book.Heard();
                if (asked is not null && asked.ServerName == serverName)
                {
                    // When it may have been closed meanwhile, the stream decides, and the next connection asks again.
                    return (book.TryAdd(asked, generation) ? book.Grant(serverName) : null, ConnectionRefusal.UnknownRoute);
                }
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            metrics.EdgeFailed("grant");
            return (null, ConnectionRefusal.SiloUnheard);
        }
        catch (Exception fault) when (fault is HttpRequestException or ProblemException)
        {
            metrics.EdgeFailed("grant");
            return (null, ConnectionRefusal.SiloUnheard);
        }

        if (_unknown.Count >= MaxUnknown)
        {
            _unknown.Clear();
        }

        _unknown[serverName] = time.GetTimestamp();
        return (null, ConnectionRefusal.UnknownRoute);
    }

    public void Dispose() => _places.Dispose();
}
