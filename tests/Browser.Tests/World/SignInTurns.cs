using System.Diagnostics;

namespace Headgate.Browser.Tests;

/// <summary>Keeps the tests, which all come from one address, below a site's 20 attempts to sign in within a minute.</summary>
internal sealed class SignInTurns
{
    // Some tests send their code as an attempt of its own.
    private const int Allowed = 16;
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(61);

    private readonly Dictionary<string, Queue<long>> _attempts = [];

    /// <summary>Waits for a turn. Tests that sign in run one after the other.</summary>
    public async Task WaitAsync(string host)
    {
        if (!_attempts.TryGetValue(host, out var attempts))
        {
            _attempts[host] = attempts = new Queue<long>();
        }

        if (attempts.Count == Allowed && s_window - Stopwatch.GetElapsedTime(attempts.Dequeue()) is { Ticks: > 0 } rest)
        {
            await Task.Delay(rest);
        }

        attempts.Enqueue(Stopwatch.GetTimestamp());
    }
}
