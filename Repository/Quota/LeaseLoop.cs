using System.Net;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;
using Headgate.Repository.Edge;

namespace Headgate.Repository.Quota;

/// <summary>
/// Tells the silo what is used and asks it for room, for all tenants, with one request under way at a time. Uploads that wait are asked for at once, and those
/// that come while a request is under way go into the next one together; everything else is told every 2 s if it changed. A request whose answer was lost is
/// repeated as it was, under its number, until it is answered.
/// </summary>
internal sealed partial class LeaseLoop(
    ILeases leases, QuotaBook quotas, LeaseHost host, RepositoryMetrics metrics, TimeProvider time, ILogger<LeaseLoop> logger) : BackgroundService
{
    /// <summary>Tenants in one request, at most.</summary>
    public const int MaxTenants = 256;

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_mostBackoff = TimeSpan.FromSeconds(2);
    private readonly Backoff _backoff = new(time, s_mostBackoff);
    private long _sequence;
    private bool _isScanDue = true;
    private bool _isFailing;
    private bool _isRefused;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var timer = time.CreateTimer(
            _ =>
            {
                Volatile.Write(ref _isScanDue, true);
                quotas.Wake();
            },
            null, TimeSpan.Zero, s_period);
        quotas.Wake();
        try
        {
            while (!quotas.IsSuperseded && await quotas.Woken.WaitToReadAsync(stoppingToken))
            {
                quotas.Woken.TryRead(out _);
                var rest = new Queue<TenantLedger>(Interlocked.Exchange(ref _isScanDue, false) ? quotas.All : []);
                do
                {
                    foreach (var tenants in Next(rest).Chunk(MaxTenants))
                    {
                        await ExchangeAsync(tenants, stoppingToken);
                    }
                }
                while (rest.Count > 0 && !quotas.IsSuperseded);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping. The next process begins an epoch and counts.
        }
    }

    /// <summary>Those who ask, and of the rest as many as go into the same request: nobody who waits is behind thousands who only tell.</summary>
    private HashSet<TenantLedger> Next(Queue<TenantLedger> rest)
    {
        var next = quotas.Asking().ToHashSet();
        while ((next.Count == 0 || next.Count % MaxTenants != 0) && rest.TryDequeue(out var ledger))
        {
            next.Add(ledger);
        }

        return next;
    }

    private async Task ExchangeAsync(IReadOnlyList<TenantLedger> tenants, CancellationToken token)
    {
        // Prepared at the last moment: it lowers ceilings, and says what is used now.
        var asked = (from ledger in tenants
                     let lease = ledger.Prepare()
                     where lease is not null
                     select (Ledger: ledger, Lease: lease)).ToArray();
        if (asked.Length == 0 || quotas.IsSuperseded)
        {
            return;
        }

        var request = new LeaseRequest(host.Host, host.Epoch, ++_sequence, [.. asked.Select(one => one.Lease)]);
        LeaseAnswer? answer;
        while ((answer = await TryAskAsync(request, token)) is null)
        {
            await _backoff.WaitAsync(token);
            if (_isRefused)
            {
                // Whoever asked is still there, and the next round makes a new request of it.
                _isRefused = false;
                return;
            }
        }

        if (answer.Leases.Any(lease => lease.Status == LeaseStatus.Superseded))
        {
            metrics.Superseded();
            LogSuperseded(host.Host, host.Epoch);
            quotas.Supersede();
            return;
        }

        for (var i = 0; i < asked.Length; i++)
        {
            asked[i].Ledger.Granted(asked[i].Lease, answer.Leases[i]);
        }
    }

    /// <summary>Null when the request has to be repeated.</summary>
    private async Task<LeaseAnswer?> TryAskAsync(LeaseRequest request, CancellationToken token)
    {
        string said;
        try
        {
            var answer = await leases.AskAsync(request, token);
            if (IsAnswerTo(answer, request))
            {
                metrics.LeaseAnswered();
                _backoff.Reset();
                if (_isFailing)
                {
                    _isFailing = false;
                    LogBack(request.Sequence);
                }

                return answer;
            }

            metrics.EdgeFailed("lease-other-answer");
            said = $"it answered request {answer.Epoch}/{answer.Sequence} about {answer.Leases.Count} tenants";
        }
        catch (ProblemException fault) when (fault.Status == HttpStatusCode.BadRequest)
        {
            // Repeating it changes nothing, and leaving it is safe: what the silo granted unheard it takes back with the next one.
            metrics.EdgeFailed("lease-refused");
            _isRefused = true;
            said = fault.Message;
        }
        catch (Exception fault) when (fault is HttpRequestException or ProblemException or IOException)
        {
            metrics.EdgeFailed("lease");
            said = fault.Message;
        }

        var level = _isFailing ? LogLevel.Debug : LogLevel.Warning;
        _isFailing = true;
        LogFailed(level, request.Sequence, request.Leases.Count, said);
        return null;
    }

    private static bool IsAnswerTo(LeaseAnswer answer, LeaseRequest request) =>
        (answer.Epoch, answer.Sequence) == (request.Epoch, request.Sequence)
        && answer.Leases.Select(lease => lease.Tenant).SequenceEqual(request.Leases.Select(lease => lease.Tenant), StringComparer.Ordinal);

    [LoggerMessage(EventId = 521, Message = "The silo did not answer lease request {Sequence} about {Tenants} tenants; it is repeated until it does: {Fault}")]
    private partial void LogFailed(LogLevel level, long sequence, int tenants, string fault);

    [LoggerMessage(522, LogLevel.Information, "The silo answers lease requests again, beginning with {Sequence}")]
    private partial void LogBack(long sequence);

    [LoggerMessage(523, LogLevel.Critical,
        "This process (host {Host}, epoch {Epoch}) takes no more uploads: a later process of the same host has spoken, or an administrator has fenced the host. "
        + "What is stored stays readable. Restart headgate-repository once no other process uses its folders; it counts anew and goes on")]
    private partial void LogSuperseded(string host, long epoch);
}
