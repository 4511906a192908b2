using System.Collections.Concurrent;
using System.Text.Json;
using Headgate.Protocol;
using Headgate.Protocol.Naming;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage;

namespace Headgate.Silo.EdgeApi;

/// <summary>
/// Snapshots as bytes, each read once for all who ask for it within <see cref="s_fresh"/>: a program that comes back again and again, or with many connections,
/// costs what one does. Whoever gets one goes on from its number, so that a snapshot of a moment ago misses nothing. Safe for concurrent use.
/// </summary>
internal sealed class SharedSnapshots(IEdgeSnapshots snapshots, ApiMetrics metrics, TimeProvider time)
{
    private const int MaxKept = 4096;
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(CertificateRole Role, string Id), Reading> _readings = new();

    /// <summary>The snapshot of a gateway or repository in that enrolment; null when there is no such program, or another enrolment is in its place.</summary>
    public async Task<SharedSnapshot?> GetAsync(CertificateRole role, string id, long enrolment, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var reading = _readings.GetOrAdd((role, id), static (key, shop) => shop.Read(key.Role, key.Id), this);
            SharedSnapshot? snapshot;
            try
            {
                // It is nobody's own, so no caller's token ends it.
                snapshot = await reading.Snapshot.Value.WaitAsync(cancellationToken);
            }
            catch (Exception) when (reading.Snapshot.Value.IsFaulted)
            {
                _readings.TryRemove(new((role, id), reading));
                throw;
            }

            var isFresh = attempt > 0 || time.GetElapsedTime(reading.Began) < s_fresh;
            if (isFresh && snapshot?.Enrolment == enrolment)
            {
                return snapshot;
            }

            _readings.TryRemove(new((role, id), reading));
            if (attempt > 1)
            {
                return null;
            }
        }
    }

    private Reading Read(CertificateRole role, string id)
    {
        if (_readings.Count >= MaxKept)
        {
            foreach (var (key, old) in _readings.Where(known => time.GetElapsedTime(known.Value.Began) >= s_fresh))
            {
                _readings.TryRemove(new(key, old));
            }
        }

        return new Reading(time.GetTimestamp(), new Lazy<Task<SharedSnapshot?>>(() => ReadAsync(role, id)));
    }

    private async Task<SharedSnapshot?> ReadAsync(CertificateRole role, string id)
    {
        // Asked first: an enrolment that is still the same when the snapshot is used was so while it was read.
        await Task.Yield();
        metrics.SnapshotRead();
        if (await snapshots.HolderAsync(role, id, CancellationToken.None) is not { } holder)
        {
            return null;
        }

        if (role == CertificateRole.Gateway)
        {
            return await snapshots.GatewayAsync(id, CancellationToken.None) is { } gateway
                ? new SharedSnapshot(gateway.Sequence, JsonSerializer.SerializeToUtf8Bytes(gateway, ProtocolJson.Default.GatewaySnapshot), holder.Enrolment)
                : null;
        }

        return await snapshots.RepositoryAsync(id, CancellationToken.None) is { } repository
            ? new SharedSnapshot(repository.Sequence, JsonSerializer.SerializeToUtf8Bytes(repository, ProtocolJson.Default.RepositorySnapshot), holder.Enrolment)
            : null;
    }

    private sealed record Reading(long Began, Lazy<Task<SharedSnapshot?>> Snapshot);
}
