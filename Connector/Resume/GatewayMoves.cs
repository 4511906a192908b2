using System.Globalization;
using Headgate.Connector.Forwarding;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Resume;

/// <summary>
/// Streams of one run that lose the same gateway move together: the first looks for the way, the others wait for it and go the same one. So a dead gateway
/// is tried once and not by each of them, and the run stays on one gateway. Streams that are well stay where they are. Safe for concurrent use.
/// </summary>
internal sealed class GatewayMoves(CopyLimits limits, TimeProvider time, Action<string> say)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Move> _moves = new(StringComparer.Ordinal);
    private (string From, string To) _said;

    /// <summary>A leg over <paramref name="gateway"/> that began at <paramref name="legBegan"/> was lost.</summary>
    /// <returns>The move that its stream is part of; it leads when <paramref name="leads"/> is set, and must then settle it.</returns>
    public Move Join(string gateway, long legBegan, out bool leads)
    {
        lock (_lock)
        {
            // One that settled before this leg began is of an earlier fault.
            leads = !_moves.TryGetValue(gateway, out var move) || !move.TakesIn(legBegan, limits.Together, time);
            if (leads)
            {
                move = new Move();
                _moves[gateway] = move;
            }

            return move!;
        }
    }

    /// <summary>The leader found a way after <paramref name="gap"/>, over <paramref name="from"/> again or over another.</summary>
    public void Settle(Move move, RunTicket run, string from, string to, TimeSpan gap)
    {
        bool isNews;
        lock (_lock)
        {
            move.Settle(to, time.GetTimestamp());
            isNews = from != to && _said != (from, to);
            _said = isNews ? (from, to) : _said;
        }

        if (isNews)
        {
            say(string.Create(
                CultureInfo.InvariantCulture, $"run {run.Run} of job {run.Job} moved from {from} to {to} after a gap of {gap.TotalSeconds:0.0} s"));
        }
    }

    /// <summary>The leader does not look any further: each of the others looks for itself.</summary>
    public void GiveUp(Move move)
    {
        lock (_lock)
        {
            move.Settle(null, time.GetTimestamp());
        }
    }

    /// <summary>One loss of a gateway.</summary>
    internal sealed class Move
    {
        private readonly TaskCompletionSource<string?> _to = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _settledAt;

        /// <summary>The gateway to go to first; null when the leader gave up.</summary>
        public Task<string?> To => _to.Task;

        internal bool TakesIn(long legBegan, TimeSpan together, TimeProvider time) =>
            !_to.Task.IsCompleted
            || (_to.Task.Result is not null && legBegan < _settledAt && time.GetElapsedTime(_settledAt) < together);

        internal void Settle(string? to, long now)
        {
            if (_to.TrySetResult(to))
            {
                _settledAt = now;
            }
        }
    }
}
