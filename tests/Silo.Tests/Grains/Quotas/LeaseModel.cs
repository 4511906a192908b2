using Headgate.Grains;
using Headgate.Silo.Grains.Quotas;

namespace Headgate.Silo.Tests.Grains.Quotas;

/// <summary>One thing that happens: the numbers choose host, activation and amounts.</summary>
internal sealed record LeaseOperation(LeaseOperationKind Kind, int Host, int A, int B);

/// <summary>
/// Several hosts, a network that loses, repeats and reorders, and a silo with two activations of one quota's grain. After every step it is checked that nothing that the
/// hosts believe or use goes above what the limit was when bytes were last granted, and that storage knows no less than each host believes.
/// </summary>
internal sealed class LeaseModel(ILeaseSilo silo)
{
    private const long Unit = 1L << 28;

    private readonly LeaseHost[] _hosts = [new("00000000000000aa"), new("00000000000000bb"), new("00000000000000cc")];
    private readonly Dictionary<(string, long, long), LeaseGrant> _raised = [];
    private long _ordinaryBound;
    private long _wholeBound;

    /// <summary>How many grants gave more than was held.</summary>
    public int Raises { get; private set; }

    public int Superseded { get; private set; }

    public int Waited { get; private set; }

    public async ValueTask RunAsync(IEnumerable<LeaseOperation> operations)
    {
        foreach (var operation in operations)
        {
            await StepAsync(operation);
            await CheckAsync(operation);
        }
    }

    private async ValueTask StepAsync(LeaseOperation operation)
    {
        var host = _hosts[operation.Host % _hosts.Length];
        var activation = operation.A % 4 == 0 ? 1 : 0;
        var (a, b) = (operation.A * Unit, operation.B * Unit);
        switch (operation.Kind)
        {
            case LeaseOperationKind.Ask when host.IsAlive:
                host.Ask(operation.A % 3 == 0 ? a : 0, operation.A % 2 == 0 ? b : 0, b, operation.B % 3 == 0 ? a : 0);
                break;
            case LeaseOperationKind.Deliver when host.Pending is { } pending:
                if (await SendAsync(activation, pending, WriteFault.None) is { } grant)
                {
                    CheckAnswer(pending, grant);
                    host.Hear(grant);
                }
                break;
            case LeaseOperationKind.DeliverAndLose when host.Pending is { } pending:
                await SendAsync(activation, pending, WriteFault.None);
                break;
            case LeaseOperationKind.DeliverAndFail when host.Pending is { } pending:
                await SendAsync(activation, pending, operation.B % 2 == 0 ? WriteFault.Before : WriteFault.After);
                break;
            case LeaseOperationKind.Abandon:
                host.Abandon();
                break;
            case LeaseOperationKind.DeliverOld when host.Sent.Count > 0:
                // Mostly one of the last few: those are the dangerous ones.
                await SendAsync(activation, host.Sent[Math.Max(0, host.Sent.Count - 1 - operation.B % (operation.A % 5 == 0 ? host.Sent.Count : 4))], WriteFault.None);
                break;
            case LeaseOperationKind.Write when host.IsAlive:
                host.Used += Math.Max(0, Math.Min(a, host.Ceiling - host.Used));
                break;
            case LeaseOperationKind.WriteForMaintenance when host.IsAlive:
                // It may reach again what it had told before it deleted, above its ceiling: that is no grant.
                var leases = (await silo.StoredAsync()).Leases;
                var unwritten = Ordinary(leases);
                host.Used += Math.Max(0, Math.Min(a, host.Ceiling + host.Maintenance - host.Used));
                _ordinaryBound += Ordinary(leases) - unwritten;
                break;
            case LeaseOperationKind.Delete:
                host.Used -= Math.Min(a, host.Used);
                break;
            case LeaseOperationKind.Crash:
                host.Stop();
                break;
            case LeaseOperationKind.Return when !host.IsAlive:
                host.Return();
                break;
            case LeaseOperationKind.OldProcessAsks when host.OldProcess is not null:
                await SendAsync(activation, host.AskAsOldProcess(b), WriteFault.None);
                break;
            case LeaseOperationKind.Find when !host.IsAlive:
                (host.Used, host.IsUnknown) = (host.Used + b, true);
                (_ordinaryBound, _wholeBound) = (_ordinaryBound + b, _wholeBound + b);
                break;
            case LeaseOperationKind.SetLimit:
                await WriteAsync(async () => await silo.SetLimitAsync(activation, Unit * 4 * (operation.B + 1)));
                break;
            case LeaseOperationKind.Fence when !host.IsAlive:
                host.IsUnknown |= await FenceAsync(activation, host.Id, LeaseFence.Stopped);
                break;
            case LeaseOperationKind.FenceDataGone when !host.IsAlive:
                if (await FenceAsync(activation, host.Id, LeaseFence.DataGone))
                {
                    (host.IsUnknown, host.Used) = (true, 0);
                }
                break;
            case LeaseOperationKind.Flush:
                await WriteAsync(() => silo.FlushAsync(activation));
                break;
            case LeaseOperationKind.LoseMemory:
                await silo.LoseMemoryAsync(activation);
                break;
            case LeaseOperationKind.Backup when operation.A % 2 == 0:
                await silo.BackupAsync();
                break;
            case LeaseOperationKind.Restore when operation.A % 2 == 0:
                var told = Ordinary((await silo.StoredAsync()).Leases);
                if (!await silo.RestoreAsync())
                {
                    break;
                }
                // The backup may remember more use of a host than it had told since: that is no grant.
                _ordinaryBound += Math.Max(0, Ordinary((await silo.StoredAsync()).Leases) - told);
                _raised.Clear();
                foreach (var each in _hosts)
                {
                    // What was on its way was on its way to a silo that is no more; and one data folder has one process that can make new requests.
                    each.Sent.Clear();
                    each.ForgetOldProcess();
                    each.IsUnknown = true;
                }
                break;
        }
    }

    private async ValueTask WriteAsync(Func<ValueTask> write)
    {
        var before = (await silo.StoredAsync()).Leases;
        await write();
        NoteTold(before, (await silo.StoredAsync()).Leases, _hosts);
    }

    /// <summary>Use that hosts had told, and that only the grain's memory knew, was written: that is no grant.</summary>
    private void NoteTold(IReadOnlyList<QuotaLease> before, IReadOnlyList<QuotaLease> after, IEnumerable<LeaseHost> hosts) =>
        _ordinaryBound += hosts.Sum(host => Math.Max(0, Ordinary(host, Find(after, host.Id)) - Ordinary(host, Find(before, host.Id))));

    private async ValueTask<bool> FenceAsync(int activation, string host, LeaseFence fence)
    {
        await WriteAsync(() => silo.FlushAsync(activation));
        var before = Find((await silo.StoredAsync()).Leases, host);
        if (!await silo.FenceAsync(activation, host, fence))
        {
            return false;
        }
        var after = Find((await silo.StoredAsync()).Leases, host)!;
        var used = fence == LeaseFence.Stopped ? before!.UsedBytes : 0;
        Expect(
            after.Fenced is not null && (after.Epoch, after.UsedBytes, after.CeilingBytes, after.MaintenanceBytes) == (before!.Epoch, used, used, 0),
            $"the fence ({fence}) made {after} of {before}");
        return true;
    }

    /// <summary>Delivers a request and looks at what it did to storage.</summary>
    private async ValueTask<LeaseGrant?> SendAsync(int activation, LeaseClaim claim, WriteFault fault)
    {
        var host = _hosts.Single(host => host.Id == claim.Host);
        var isUnknown = host.IsUnknown;
        var (_, before) = await silo.StoredAsync();
        var isCurrent = silo.IsCurrent(activation);
        var grant = await silo.LeaseAsync(activation, claim, fault);
        var (limit, after) = await silo.StoredAsync();
        var known = Find(before, claim.Host);
        var lease = Find(after, claim.Host);

        if (isCurrent && known is not null && (claim.Epoch < known.Epoch || (claim.Epoch == known.Epoch && known.Fenced is not null)))
        {
            Expect(grant?.Outcome == LeaseOutcome.Superseded, $"{claim} was answered {grant} although {known} is known");
        }
        if (grant?.Outcome == LeaseOutcome.Superseded)
        {
            Superseded++;
            return grant;
        }
        Waited += grant?.Outcome == LeaseOutcome.Waiting ? 1 : 0;

        if (grant is not null && host.IsAlive && claim.Epoch == host.Epoch)
        {
            host.IsUnknown = false;
        }
        if (lease is not null && lease != known && (lease.Epoch, lease.Sequence) == (claim.Epoch, claim.Sequence))
        {
            CheckRaise(claim, lease, limit, after);
        }
        NoteTold(before, after, _hosts.Where(other => other != host));
        // What maintenance used or a recount found is no grant. Of a host that it does not know, what storage remembers says nothing: what the host believes counts.
        var granted = isUnknown ? Ordinary(host, known) : Math.Max(known?.CeilingBytes ?? 0, known?.UsedBytes ?? 0);
        _ordinaryBound += Math.Max(0, (lease?.UsedBytes ?? 0) - granted);
        if (grant is not null && (grant.CeilingBytes > claim.HeldBytes || grant.MaintenanceBytes > claim.HeldMaintenanceBytes))
        {
            var same = _raised.GetValueOrDefault((claim.Host, claim.Epoch, claim.Sequence), grant);
            Expect(
                (same.CeilingBytes, same.MaintenanceBytes) == (grant.CeilingBytes, grant.MaintenanceBytes) || claim != host.Pending,
                $"{claim} was answered {same} first and {grant} when it was repeated");
            _raised[(claim.Host, claim.Epoch, claim.Sequence)] = grant;
        }
        return grant;
    }

    /// <summary>Checks that what was granted fits below the limit, by sums of the model's own.</summary>
    private void CheckRaise(LeaseClaim claim, QuotaLease lease, long limit, IReadOnlyList<QuotaLease> after)
    {
        var allowance = Math.Max(limit / 20, 1L << 30);
        // A ceiling that rises and stays below the use gives nothing.
        var isRaised = lease.CeilingBytes > Math.Max(claim.HeldBytes, claim.UsedBytes);
        var isWholeRaised = lease.CeilingBytes + lease.MaintenanceBytes > Math.Max(claim.HeldBytes + claim.HeldMaintenanceBytes, claim.UsedBytes);
        if (!isRaised && !isWholeRaised)
        {
            return;
        }
        Raises++;
        Expect(
            !after.Any(other => other.Host != claim.Host && other.Heard < silo.Restored && !(other.Fenced >= silo.Restored)),
            $"{lease} was granted although another host has not spoken since the backup was restored");
        Expect(!isRaised || after.Sum(each => Math.Max(each.CeilingBytes, each.UsedBytes)) <= limit, $"{lease} was granted above the limit {limit}: {Show(after)}");
        Expect(
            !isWholeRaised || after.Sum(each => Math.Max(each.CeilingBytes + each.MaintenanceBytes, each.UsedBytes)) <= limit + allowance,
            $"{lease} was granted above limit and allowance {limit} + {allowance}: {Show(after)}");
        Expect(lease.MaintenanceBytes <= claim.HeldMaintenanceBytes || after.Sum(each => each.MaintenanceBytes) <= allowance, $"{lease} was granted above the allowance {allowance}: {Show(after)}");
        if (isRaised)
        {
            _ordinaryBound = limit + Hidden(lease => Math.Max(lease.CeilingBytes, lease.UsedBytes));
        }
        if (isWholeRaised)
        {
            _wholeBound = limit + allowance + Hidden(lease => Math.Max(lease.CeilingBytes + lease.MaintenanceBytes, lease.UsedBytes));
        }

        // What hosts have above what the silo can know of them.
        long Hidden(Func<QuotaLease, long> known) => _hosts
            .Where(host => host.IsUnknown)
            .Sum(host => Math.Max(0, host.Whole - (Find(after, host.Id) is { } stored ? known(stored) : 0)));
    }

    private async ValueTask CheckAsync(LeaseOperation operation)
    {
        var (_, stored) = await silo.StoredAsync();
        var (ordinary, whole) = (Ordinary(stored), 0L);
        foreach (var host in _hosts)
        {
            var lease = Find(stored, host.Id);
            whole += host.Whole;
            if (host.IsUnknown)
            {
                continue;
            }
            Expect(
                Math.Max(lease?.CeilingBytes ?? 0, lease?.UsedBytes ?? 0) >= host.Ceiling,
                $"{operation}: host {host.Id} believes {host.Ceiling}, but storage knows {lease}");
            Expect(
                Math.Max((lease?.CeilingBytes ?? 0) + (lease?.MaintenanceBytes ?? 0), lease?.UsedBytes ?? 0) >= host.Whole,
                $"{operation}: host {host.Id} may use {host.Whole}, but storage knows {lease}");
        }
        Expect(ordinary <= _ordinaryBound, $"{operation}: hosts believe and use {ordinary}, at most {_ordinaryBound} were granted: {Show(stored)}");
        Expect(whole <= _wholeBound, $"{operation}: hosts may use {whole} with maintenance, at most {_wholeBound} were granted: {Show(stored)}");
    }

    /// <summary>What the hosts believe, and what they use as far as they have told.</summary>
    private long Ordinary(IReadOnlyList<QuotaLease> stored) => _hosts.Sum(host => Ordinary(host, Find(stored, host.Id)));

    private static long Ordinary(LeaseHost host, QuotaLease? stored) => Math.Max(host.Ceiling, Math.Min(host.Used, stored?.UsedBytes ?? 0));

    private static void CheckAnswer(LeaseClaim claim, LeaseGrant grant) => Expect(
        grant.Outcome == LeaseOutcome.Superseded
            || (grant.CeilingBytes >= claim.HeldBytes && grant.CeilingBytes <= claim.WantedBytes
                && grant.MaintenanceBytes >= claim.HeldMaintenanceBytes && grant.MaintenanceBytes <= claim.WantedMaintenanceBytes),
        $"{claim} was answered {grant}");

    private static QuotaLease? Find(IReadOnlyList<QuotaLease> leases, string host) => leases.FirstOrDefault(lease => lease.Host == host);

    private static string Show(IReadOnlyList<QuotaLease> leases) => string.Join(", ", leases);

    private static void Expect(bool holds, string what)
    {
        if (!holds)
        {
            throw new LeaseModelException(what);
        }
    }
}

/// <summary>A grant, or what storage knows, is not what it must be.</summary>
internal sealed class LeaseModelException(string message) : Exception(message);
