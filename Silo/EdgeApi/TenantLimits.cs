using System.Collections.Concurrent;
using Headgate.Grains;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.EdgeApi;

/// <summary>
/// Which tenants have a bandwidth limit, in memory: a thousand gateways name two hundred tenants each in every heartbeat, and most have none. Read once, then kept up by
/// what the table of changes says, at most twice a second and only while heartbeats come. Safe for concurrent use.
/// </summary>
internal sealed class TenantLimits(IDbContextFactory<SiloDbContext> contexts, TimeProvider time, ILogger<TenantLimits> logger)
{
    private const int MostChanges = 500;

    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(500);

    // Long enough for every gateway that is heard to hear of it, whatever answers were lost.
    private static readonly TimeSpan s_liftedFor = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ConcurrentDictionary<string, long> _lifted = new(StringComparer.Ordinal);
    private ConcurrentDictionary<string, long>? _limits;
    private long _position;
    private long _read;
    private bool _isFailing;

    /// <summary>Brings itself up to date where that is due. Whoever comes while another does so goes on with what there is; before the first read all wait.</summary>
    /// <returns>Whether anything is known at all.</returns>
    public async ValueTask<bool> RefreshAsync(CancellationToken cancellationToken)
    {
        if (_limits is not null && time.GetElapsedTime(Volatile.Read(ref _read)) < s_every)
        {
            return true;
        }

        if (!await _turn.WaitAsync(_limits is null ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, cancellationToken))
        {
            return true;
        }

        try
        {
            if (_limits is null || time.GetElapsedTime(Volatile.Read(ref _read)) >= s_every)
            {
                await ReadAsync(cancellationToken);
                _isFailing = false;
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // What is known holds; nobody is limited anew or set free meanwhile. Said once.
            if (!_isFailing)
            {
                ListeningLog.LimitsNotRead(logger, exception);
            }

            _isFailing = true;
        }
        finally
        {
            Volatile.Write(ref _read, time.GetTimestamp());
            _turn.Release();
        }

        return _limits is not null;
    }

    /// <summary>The tenant's limit each way, bytes per second; null: none.</summary>
    public long? Of(string tenant) => _limits is { } limits && limits.TryGetValue(tenant, out var limit) ? limit : null;

    /// <summary>Whether its limit was lifted lately.</summary>
    public bool IsLifted(string tenant) => _lifted.TryGetValue(tenant, out var at) && time.GetElapsedTime(at) < s_liftedFor;

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var moment = await db.BeginReadAsync(cancellationToken);
        var newest = await db.Changes.MaxAsync(row => (long?)row.Sequence, cancellationToken) ?? 0;
        if (_limits is not null && newest == _position)
        {
            return;
        }

        List<string>? changed = null;
        if (_limits is not null && newest > _position)
        {
            changed = await db.Changes
                .Where(row => row.Sequence > _position && row.Kind == SubjectKind.Tenant)
                .Select(row => row.Key)
                .Take(MostChanges + 1)
                .ToListAsync(cancellationToken);
        }

        // Too much at once, or a database that was restored: everything anew.
        var isPart = changed is { Count: <= MostChanges };
        var tenants = isPart ? db.Tenants.Where(row => changed!.Contains(row.Id)) : db.Tenants;
        var limited = await tenants
            .Where(row => row.BytesPerSecond != null)
            .ToDictionaryAsync(row => row.Id, row => row.BytesPerSecond!.Value, StringComparer.Ordinal, cancellationToken);
        Take(isPart ? changed! : [.. _limits?.Keys ?? []], limited);
        _position = newest;
    }

    private void Take(List<string> asked, Dictionary<string, long> limited)
    {
        var limits = _limits ?? new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (tenant, limit) in limited)
        {
            limits[tenant] = limit;
            _lifted.TryRemove(tenant, out _);
        }

        foreach (var tenant in asked.Where(tenant => !limited.ContainsKey(tenant)))
        {
            if (limits.TryRemove(tenant, out _))
            {
                _lifted[tenant] = time.GetTimestamp();
            }
        }

        foreach (var (tenant, at) in _lifted)
        {
            if (time.GetElapsedTime(at) >= s_liftedFor)
            {
                _lifted.TryRemove(tenant, out _);
            }
        }

        _limits = limits;
    }
}
