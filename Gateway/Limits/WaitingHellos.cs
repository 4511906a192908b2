using Headgate.Gateway.Listening;

namespace Headgate.Gateway.Limits;

/// <summary>
/// Connections whose hello is not complete, the one that has waited longest first. When there are as many as there may be, that one makes room for the
/// next: see <see cref="ConnectionLimits.TryAdmitInstead"/>. Safe for concurrent use.
/// </summary>
internal sealed class WaitingHellos
{
    private readonly Lock _lock = new();
    private readonly LinkedList<LiveConnection> _waiting = [];

    /// <summary>A connection begins to wait.</summary>
    public LinkedListNode<LiveConnection> Enter(LiveConnection connection)
    {
        lock (_lock)
        {
            return _waiting.AddLast(connection);
        }
    }

    /// <summary>It waits no longer. False when it was made to go: then it is counted as <see cref="Refusal.HandshakeLimit"/>.</summary>
    public bool Leave(LinkedListNode<LiveConnection> waiting)
    {
        lock (_lock)
        {
            if (waiting.List is null)
            {
                return false;
            }

            _waiting.Remove(waiting);
            return true;
        }
    }

    /// <summary>Ends the one that has waited longest; false when none waits.</summary>
    public bool TryEndOldest()
    {
        LiveConnection oldest;
        lock (_lock)
        {
            if (_waiting.First is not { } first)
            {
                return false;
            }

            oldest = first.Value;
            _waiting.Remove(first);
        }

        oldest.Abort();
        return true;
    }
}
