namespace Headgate.Gateway.Routing;

/// <summary>Names that the silo said lead nowhere, each for <see cref="RouteTable.NowhereFor"/>, a bounded number of them. Not safe for concurrent use.</summary>
internal sealed class NamesNowhere(TimeProvider time)
{
    private const int Max = 65536;

    private readonly Dictionary<string, long> _since = new(StringComparer.Ordinal);

    public void Add(string serverName)
    {
        if (_since.Count >= Max)
        {
            // Forgetting costs a look-up, which is limited for each source.
            _since.Clear();
        }

        _since[serverName] = time.GetTimestamp();
    }

    public void Remove(string serverName) => _since.Remove(serverName);

    public void Clear() => _since.Clear();

    public bool Contains(ReadOnlySpan<char> serverName) =>
        _since.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(serverName, out var since) && time.GetElapsedTime(since) < RouteTable.NowhereFor;

    /// <summary>Whether it was said since the timestamp <paramref name="began"/>.</summary>
    public bool WasAddedSince(string serverName, long began) => _since.TryGetValue(serverName, out var since) && since >= began;

    /// <summary>Forgets those whose time is over.</summary>
    public void Sweep()
    {
        foreach (var (name, since) in _since)
        {
            if (time.GetElapsedTime(since) >= RouteTable.NowhereFor)
            {
                // Removing what an enumeration stands on is allowed.
                _since.Remove(name);
            }
        }
    }
}
