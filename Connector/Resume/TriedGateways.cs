using Headgate.Connector.Bootstrap;

namespace Headgate.Connector.Resume;

/// <summary>How gateways failed while one stream looked for a way: each way once, the first 16. Not safe for concurrent use.</summary>
internal sealed class TriedGateways
{
    private const int MaxKept = 16;

    private readonly List<DialAttempt> _attempts = [];

    /// <summary>In order of their first occurrence.</summary>
    public IReadOnlyList<DialAttempt> Attempts => _attempts;

    /// <summary>The gateways that failed, but for <paramref name="through"/>, over which it went on in the end.</summary>
    public IReadOnlyCollection<string> Without(string through) =>
        _attempts.Select(attempt => attempt.Gateway).OfType<string>().Where(gateway => gateway != through).ToHashSet(StringComparer.Ordinal);

    /// <summary>An address failed.</summary>
    public void Note(DialAttempt attempt)
    {
        if (_attempts.Count < MaxKept && !_attempts.Contains(attempt))
        {
            _attempts.Add(attempt);
        }
    }
}
