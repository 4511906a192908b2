namespace Headgate.Repository.Quota;

/// <summary>The uploads of one tenant that wait for room, in the order in which they came. Under the lock of their ledger.</summary>
internal sealed class WaitingLine
{
    private readonly List<Waiter> _waiters = [];

    /// <summary>How many wait.</summary>
    public int Count => _waiters.Count;

    /// <summary>One more, at the end.</summary>
    public void Add(Waiter waiter) => _waiters.Add(waiter);

    /// <summary>Takes one out that waits no longer; false when it was decided already.</summary>
    public bool Remove(Waiter waiter) => _waiters.Remove(waiter);

    /// <summary>What all of them need together, and whether maintenance is among them. The next answer is an answer to each.</summary>
    public (long Bytes, bool Maintenance) Ask()
    {
        var (bytes, maintenance) = (0L, false);
        foreach (var waiter in _waiters)
        {
            bytes = LeaseSize.Add(bytes, waiter.Bytes);
            maintenance |= waiter.Allowance == Allowance.Maintenance;
            waiter.IsAsked = true;
        }

        return (bytes, maintenance);
    }

    /// <summary>An answer under way is none to them any more: what was asked no longer holds.</summary>
    public void ForgetAsked()
    {
        foreach (var waiter in _waiters)
        {
            waiter.IsAsked = false;
        }
    }

    /// <summary>Decides in order; those for whom <paramref name="decide"/> answers null wait on.</summary>
    public void Decide(Func<Waiter, ReserveStatus?> decide)
    {
        for (var i = 0; i < _waiters.Count; i++)
        {
            var waiter = _waiters[i];
            if (decide(waiter) is { } status)
            {
                waiter.Decide(status);
                _waiters.RemoveAt(i--);
            }
        }
    }

    /// <summary>Decides for all that were asked for.</summary>
    public void DecideAsked(ReserveStatus status) => Decide(waiter => waiter.IsAsked ? status : null);

    /// <summary>Decides for all.</summary>
    public void DecideAll(ReserveStatus status) => Decide(_ => status);
}
