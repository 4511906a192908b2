using System.Collections.Concurrent;
using Headgate.Protocol.Edge;
using Headgate.Repository.Quota;

namespace Headgate.Repository.Tests.Support;

/// <summary>
/// The silo's side of leases, in memory: the rules as they are written down, for any number of hosts of one repository. A test makes it silent, slow or forgetful of answers,
/// and asks it at any time how much is out.
/// </summary>
internal sealed class LeaseDesk : ILeases
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Host, string Tenant), Entry> _leases = [];
    private readonly HashSet<(string Host, long Epoch)> _fenced = [];
    private int _underWay;

    /// <summary>Requests as they came, answered or not.</summary>
    public ConcurrentQueue<LeaseRequest> Requests { get; } = new();

    /// <summary>Requests that were under way at the same time, at most.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>The limits; a tenant without one has no quota.</summary>
    public ConcurrentDictionary<string, long> Limits { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes nothing while true.</summary>
    public volatile bool IsAway = false;

    /// <summary>How many answers get lost after they were decided.</summary>
    public int AnswersToLose;

    /// <summary>Other answers that arrive first, each instead of a right one.</summary>
    public ConcurrentQueue<LeaseAnswer> Strays { get; } = new();

    /// <summary>Answers wait for it.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    /// <summary>Says that it waits for another host, whenever it cannot give all that is wanted.</summary>
    public volatile bool IsWaiting = false;

    /// <summary>What is used of a tenant's quota, as told.</summary>
    public long Used(string tenant) => Sum(tenant, entry => entry.Used);

    /// <summary>What is out: no host can have more.</summary>
    public long Out(string tenant) => Sum(tenant, entry => Math.Max(entry.Ceiling, entry.Used));

    /// <summary>What is out for maintenance.</summary>
    public long OutForMaintenance(string tenant) => Sum(tenant, entry => entry.Maintenance);

    /// <summary>What a host has of a tenant's quota: used and ceiling.</summary>
    public (long Used, long Ceiling) Of(string tenant, string host)
    {
        lock (_gate)
        {
            return _leases.TryGetValue((host, tenant), out var entry) ? (entry.Used, entry.Ceiling) : (0, 0);
        }
    }

    /// <summary>An administrator's word that a host's process writes no more.</summary>
    public void Fence(string host)
    {
        lock (_gate)
        {
            foreach (var (key, entry) in _leases.Where(pair => pair.Key.Host == host).ToArray())
            {
                _fenced.Add((host, entry.Epoch));
                _leases[key] = entry with { Ceiling = entry.Used, Maintenance = 0 };
            }
        }
    }

    public async Task<LeaseAnswer> AskAsync(LeaseRequest request, CancellationToken token)
    {
        Requests.Enqueue(request);
        MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _underWay));
        try
        {
            return await AnswerAsync(request, token);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task<LeaseAnswer> AnswerAsync(LeaseRequest request, CancellationToken token)
    {
        if (IsAway)
        {
            throw new HttpRequestException("The silo is away.");
        }

        Assert.Distinct(request.Leases.Select(lease => lease.Tenant));
        LeaseAnswer answer;
        lock (_gate)
        {
            answer = new LeaseAnswer(request.Epoch, request.Sequence, [.. request.Leases.Select(lease => Decide(request, lease))]);
        }

        await Hold.WaitAsync(token);
        if (Interlocked.Decrement(ref AnswersToLose) >= 0)
        {
            throw new HttpRequestException("The answer got lost.");
        }

        Interlocked.Increment(ref AnswersToLose);
        return Strays.TryDequeue(out var stray) ? stray : answer;
    }

    private GrantedLease Decide(LeaseRequest request, TenantLease lease)
    {
        Assert.True(lease.WantedBytes >= lease.HeldBytes && lease.WantedMaintenanceBytes >= lease.HeldMaintenanceBytes, lease.ToString());
        Assert.True(lease.UsedBytes >= 0 && lease.HeldBytes >= 0 && lease.HeldMaintenanceBytes >= 0, lease.ToString());
        if (!Limits.TryGetValue(lease.Tenant, out var limit))
        {
            return new GrantedLease(lease.Tenant, LeaseStatus.NoQuota, 0, 0, 0, 0);
        }

        var key = (request.Host, lease.Tenant);
        var others = _leases.Where(pair => pair.Key.Tenant == lease.Tenant && pair.Key.Host != request.Host).Select(pair => pair.Value).ToArray();
        var elsewhere = others.Sum(entry => Math.Max(entry.Ceiling, entry.Used));
        var known = _leases.GetValueOrDefault(key);
        if (_fenced.Contains((request.Host, request.Epoch)) || request.Epoch < known?.Epoch)
        {
            return new GrantedLease(lease.Tenant, LeaseStatus.Superseded, limit, 0, 0, elsewhere);
        }

        if (known is null || known.Epoch < request.Epoch || known.Sequence < request.Sequence)
        {
            var whole = limit + Math.Max(limit / 20, 1L << 30) - others.Sum(entry => Math.Max(entry.Ceiling + entry.Maintenance, entry.Used));
            var ceiling = Math.Max(lease.HeldBytes, Math.Min(lease.WantedBytes, limit - elsewhere));
            var maintenance = Math.Max(lease.HeldMaintenanceBytes, Math.Min(lease.WantedMaintenanceBytes, whole - ceiling));
            _leases[key] = known = new Entry(request.Epoch, request.Sequence, lease.UsedBytes, ceiling, maintenance);
        }

        var isShort = known.Ceiling < lease.WantedBytes || known.Maintenance < lease.WantedMaintenanceBytes;
        return new GrantedLease(
            lease.Tenant, IsWaiting && isShort ? LeaseStatus.Waiting : LeaseStatus.Granted, limit, known.Ceiling, known.Maintenance, elsewhere);
    }

    private long Sum(string tenant, Func<Entry, long> bytes)
    {
        lock (_gate)
        {
            return _leases.Where(pair => pair.Key.Tenant == tenant).Sum(pair => bytes(pair.Value));
        }
    }

    private sealed record Entry(long Epoch, long Sequence, long Used, long Ceiling, long Maintenance);
}
