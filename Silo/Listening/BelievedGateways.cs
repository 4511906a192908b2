using System.Collections.Concurrent;
using System.Collections.Frozen;
using Headgate.Silo.Certificates;
using Headgate.Silo.EdgeApi;
using Headgate.Silo.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Listening;

/// <summary>
/// Gateways whose PROXY headers the tenant API and the tenants' site believe: those enrolled and not revoked, each with its present enrolment. Follows the edge log
/// as a repository does, and looks again every <see cref="s_again"/> besides. What came through a gateway that is no longer believed, or through an earlier
/// enrolment of it, is ended at once. While the database is away the last view stays. Safe for concurrent use.
/// </summary>
internal sealed class BelievedGateways(
    IDbContextFactory<SiloDbContext> contexts, EdgeHub hub, ISiloKeys keys, ApiMetrics metrics, TimeProvider time, ILogger<BelievedGateways> logger)
    : BackgroundService
{
    /// <summary>The tenant API's id among a gateway's targets.</summary>
    public const string TenantApiTarget = "tenant-api";

    /// <summary>The tenants' site's id among a gateway's targets.</summary>
    public const string TenantSiteTarget = "tenant-site";

    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(2);

    // Headers that name strangers cost at most this many looks.
    private static readonly TimeSpan s_betweenLooks = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<Believed, byte> _live = new();
    private readonly SemaphoreSlim _looking = new(1);
    private FrozenDictionary<string, long> _enrolments = FrozenDictionary<string, long>.Empty;
    private long _looked;
    private bool _failing;

    /// <summary>Connections held that came through gateways.</summary>
    public int Live => _live.Count;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _looking.Dispose();
    }

    /// <summary>The key of a gateway's headers to one of our targets, or null when it is not to be believed.</summary>
    public byte[]? KeyOf(string gateway, string target) =>
        _enrolments.TryGetValue(gateway, out var enrolment) ? keys.ProxyKey(new ProxyEnd(gateway, enrolment), new ProxyEnd(target, 0)) : null;

    /// <summary>Looks whether a gateway that is not known enrolled a moment ago.</summary>
    public async Task LearnAsync(CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        await _looking.WaitAsync(cancellationToken);
        try
        {
            // Whoever asked first looks for all who waited.
            if (Volatile.Read(ref _looked) < asked)
            {
                if (s_betweenLooks - time.GetElapsedTime(_looked) is var wait && wait > TimeSpan.Zero)
                {
                    await Task.Delay(wait, time, cancellationToken);
                }

                await LookAsync(cancellationToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Failed(exception);
        }
        finally
        {
            _looking.Release();
        }
    }

    /// <summary>Holds on to a connection that came through <paramref name="gateway"/>, until the answer is disposed; null when that gateway is believed no longer.</summary>
    public IDisposable? Hold(ConnectionContext connection, string gateway, ApiKind kind)
    {
        if (!_enrolments.TryGetValue(gateway, out var enrolment))
        {
            return null;
        }

        var held = new Believed(this, connection, gateway, enrolment, kind);
        _live[held] = 0;
        if (IsBelieved(held))
        {
            return held;
        }

        held.Dispose();
        return null;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            using var news = hub.Subscribe(EdgeAudience.Repositories);
            var isOpen = true;
            while (isOpen && !stoppingToken.IsCancellationRequested)
            {
                try
                {
                    isOpen = await WaitAsync(news, stoppingToken);
                    await LookAsync(stoppingToken);
                    _failing = false;
                }
                catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception exception)
                {
                    Failed(exception);
                }
            }
        }
    }

    /// <summary>Until there are news, or it is time to look again; false when the place at the hub was lost.</summary>
    private async Task<bool> WaitAsync(EdgeSubscription news, CancellationToken stoppingToken)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var some = news.Rows.WaitToReadAsync(until.Token).AsTask();
        var again = Task.Delay(s_again, time, until.Token);
        var first = await Task.WhenAny(some, again);
        await until.CancelAsync();
        await Task.WhenAll(some, again).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stoppingToken.ThrowIfCancellationRequested();
        if (first == some && !await some)
        {
            return false;
        }

        while (news.Rows.TryRead(out _))
        {
            // What is read next includes it.
        }

        return true;
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var looked = time.GetTimestamp();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Gateways
            .Where(row => row.Serial != null && !row.Revoked)
            .Select(row => new { row.Id, row.Enrolment })
            .ToListAsync(cancellationToken);
        if (rows.Count != _enrolments.Count || rows.Any(row => !_enrolments.TryGetValue(row.Id, out var known) || known != row.Enrolment))
        {
            Volatile.Write(ref _enrolments, rows.ToFrozenDictionary(row => row.Id, row => row.Enrolment, StringComparer.Ordinal));
            EndUnbelieved();
        }

        Volatile.Write(ref _looked, looked);
    }

    private void EndUnbelieved()
    {
        foreach (var held in _live.Keys)
        {
            if (!IsBelieved(held) && _live.TryRemove(held, out _))
            {
                metrics.ConnectionEnded(held.Kind, "gateway-revoked");
                ListeningLog.GatewayConnectionEnded(logger, held.Kind, held.Gateway);
                held.Connection.Abort(new ConnectionAbortedException("The gateway that it came through was revoked, or has enrolled again."));
            }
        }
    }

    private bool IsBelieved(Believed held) => Volatile.Read(ref _enrolments).TryGetValue(held.Gateway, out var now) && now == held.Enrolment;

    private void Failed(Exception exception)
    {
        if (!_failing)
        {
            _failing = true;
            ListeningLog.GatewaysNotRead(logger, exception);
        }
    }

    private sealed class Believed(BelievedGateways owner, ConnectionContext connection, string gateway, long enrolment, ApiKind kind) : IDisposable
    {
        public ConnectionContext Connection => connection;

        public string Gateway => gateway;

        public long Enrolment => enrolment;

        public ApiKind Kind => kind;

        public void Dispose() => owner._live.TryRemove(this, out _);
    }
}
