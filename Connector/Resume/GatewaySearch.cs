using Headgate.Connector.Bootstrap;
using Headgate.Connector.Forwarding;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Resume;

/// <summary>
/// Looks for a gateway that leads on: down the list in rounds without end, with a pause between two rounds that doubles and is spread, and with the list
/// fetched again after each. Safe for concurrent use.
/// </summary>
internal sealed class GatewaySearch(GatewayOrder order, ListRefresher lists, CopyLimits limits, TimeProvider time, Func<double> random)
{
    private const int MaxDoublings = 10;

    /// <summary>Tries one gateway; null when it does not lead on.</summary>
    public delegate Task<T?> Trial<T>(GatewayEntry gateway, DialTimeouts limits, CancellationToken token)
        where T : class;

    /// <summary>Searches until <paramref name="trial"/> has something or throws, or <paramref name="token"/> is cancelled.</summary>
    /// <param name="head">The gateway to try before all others in the first round, wherever the list has it; null for none.</param>
    /// <param name="trial">Tries one.</param>
    /// <param name="token">Ends the search.</param>
    public async Task<T> FindAsync<T>(string? head, Trial<T> trial, CancellationToken token)
        where T : class
    {
        for (var round = 0; ; round++)
        {
            foreach (var gateway in InOrder(round == 0 ? head : null))
            {
                token.ThrowIfCancellationRequested();
                if (await trial(gateway, round == 0 ? limits.FirstRound : limits.LaterRounds, token) is { } found)
                {
                    order.Worked(gateway.Gateway);
                    return found;
                }

                order.Failed(gateway.Gateway);
            }

            await PauseAsync(round, token);
        }
    }

    /// <summary>The pause after round <paramref name="round"/>, counted from 0.</summary>
    public TimeSpan PauseAfter(int round)
    {
        var whole = limits.ShortestPause * Math.Pow(2, Math.Min(round, MaxDoublings));
        return (whole < limits.LongestPause ? whole : limits.LongestPause) * (0.5 + random());
    }

    private IEnumerable<GatewayEntry> InOrder(string? head)
    {
        var all = order.InOrder();
        return head is null
            ? all
            : all.Where(gateway => gateway.Gateway == head).Concat(all.Where(gateway => gateway.Gateway != head));
    }

    private async Task PauseAsync(int round, CancellationToken token)
    {
        // A list with a gateway that was not there before is worth an earlier round, and an old one is no reason to wait longer.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(token);
        var before = order.List;
        var pause = Task.Delay(PauseAfter(round), time, over.Token);
        var fetch = lists.FetchAsync();
        if (await Task.WhenAny(pause, fetch) == fetch && !HasNews(before, order.List))
        {
            await pause;
        }

        await over.CancelAsync();
        token.ThrowIfCancellationRequested();
    }

    private static bool HasNews(GatewayList before, GatewayList after) =>
        !ReferenceEquals(before, after) && after.Gateways.Any(gateway => before.Gateways.All(old => old.Gateway != gateway.Gateway));
}
