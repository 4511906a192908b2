using Headgate.Grains;

namespace Headgate.Silo.Grains.Accounts;

/// <summary>
/// Locks for names that have no account, so that a lock does not tell which names have one. In memory, for the names tried last; a site's guesses at the other site's
/// accounts end here, too, and lock nobody out. Safe for concurrent use.
/// </summary>
internal sealed class UnknownNames
{
    /// <summary>Names remembered at once; the one tried longest ago goes first.</summary>
    public const int Capacity = 10_000;

    private readonly Lock _lock = new();
    private readonly LinkedList<(string Name, WrongAttempts Wrong)> _byAge = [];
    private readonly Dictionary<string, LinkedListNode<(string Name, WrongAttempts Wrong)>> _names = new(StringComparer.Ordinal);

    /// <summary>When the name's lock ends, or null when it has none.</summary>
    public DateTimeOffset? LockedAt(AccountRole site, string name, DateTimeOffset now)
    {
        lock (_lock)
        {
            return _names.TryGetValue(Key(site, name), out var known) ? known.Value.Wrong.LockedAt(now) : null;
        }
    }

    /// <summary>Counts a wrong attempt.</summary>
    public void Another(AccountRole site, string name, DateTimeOffset now)
    {
        var key = Key(site, name);
        lock (_lock)
        {
            var wrong = WrongAttempts.None;
            if (_names.Remove(key, out var known))
            {
                wrong = known.Value.Wrong;
                _byAge.Remove(known);
            }
            else if (_names.Count >= Capacity)
            {
                _names.Remove(_byAge.First!.Value.Name);
                _byAge.RemoveFirst();
            }
            _names[key] = _byAge.AddLast((key, wrong.Another(now)));
        }
    }

    private static string Key(AccountRole site, string name) => $"{site}/{name}";
}
