using System.Collections.Immutable;
using Headgate.Grains;
using Headgate.Silo.Grains.Quotas;

namespace Headgate.Silo.Tests.Grains.Quotas;

/// <summary>The rules with what a grain does around them: a write where it must be, a version that is checked, memory that is lost when a write fails.</summary>
internal sealed class RuledSilo(LeaseRules rules, long limitBytes) : ILeaseSilo
{
    private readonly State?[] _memory = new State?[2];
    private State _stored = new(limitBytes, [], 1);
    private State? _backup;
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    public DateTimeOffset? Restored { get; private set; }

    public ValueTask<LeaseGrant?> LeaseAsync(int activation, LeaseClaim claim, WriteFault fault)
    {
        var state = Memory(activation);
        var decision = rules.Decide(state.LimitBytes, state.Leases, claim, Tick(), Restored);
        if (decision.Lease is not { } lease)
        {
            return new(decision.Grant);
        }
        var next = state.With(lease);
        if (!decision.MustWrite)
        {
            _memory[activation] = next;
            return new(decision.Grant);
        }
        return new(Write(activation, next, fault) ? decision.Grant : null);
    }

    public ValueTask<bool> SetLimitAsync(int activation, long limitBytes) =>
        new(Write(activation, Memory(activation) with { LimitBytes = limitBytes }, WriteFault.None));

    public ValueTask<bool> FenceAsync(int activation, string host, LeaseFence fence) =>
        new(Memory(activation).Leases.Find(lease => lease.Host == host) is { } known
            && Write(activation, Memory(activation).With(rules.Fence(known, fence, Tick())), WriteFault.None));

    public ValueTask FlushAsync(int activation)
    {
        Write(activation, Memory(activation), WriteFault.None);
        return default;
    }

    public ValueTask LoseMemoryAsync(int activation)
    {
        _memory[activation] = null;
        return default;
    }

    public ValueTask BackupAsync()
    {
        _backup = _stored;
        return default;
    }

    public ValueTask<bool> RestoreAsync()
    {
        if (_backup is null)
        {
            return new(false);
        }
        Array.Clear(_memory);
        _stored = _backup;
        Restored = Tick();
        Tick();
        return new(true);
    }

    public ValueTask<(long LimitBytes, IReadOnlyList<QuotaLease> Leases)> StoredAsync() => new((_stored.LimitBytes, _stored.Leases));

    public bool IsCurrent(int activation) => _memory[activation] is not { } memory || memory.Version == _stored.Version;

    private State Memory(int activation) => _memory[activation] ??= _stored;

    private bool Write(int activation, State next, WriteFault fault)
    {
        if (fault == WriteFault.Before || next.Version != _stored.Version)
        {
            _memory[activation] = null;
            return false;
        }
        _stored = next with { Version = next.Version + 1 };
        _memory[activation] = fault == WriteFault.After ? null : _stored;
        return fault == WriteFault.None;
    }

    private DateTimeOffset Tick() => _now += TimeSpan.FromMilliseconds(1);

    private sealed record State(long LimitBytes, ImmutableList<QuotaLease> Leases, long Version)
    {
        public State With(QuotaLease lease) => this with { Leases = Leases.RemoveAll(known => known.Host == lease.Host).Add(lease) };
    }
}
