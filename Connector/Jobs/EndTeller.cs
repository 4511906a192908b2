using Headgate.Connector.Bootstrap;

namespace Headgate.Connector.Jobs;

/// <summary>Tells the provider, while the service runs, how runs ended that it does not know yet. A provider that is away is told when it is back.</summary>
/// <param name="ends">Those ends.</param>
/// <param name="api">The provider.</param>
/// <param name="say">Tells people.</param>
/// <param name="time">The clock.</param>
internal sealed class EndTeller(UntoldEnds ends, ITenantApi api, Action<string> say, TimeProvider time)
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_afterFault = TimeSpan.FromSeconds(30);

    /// <summary>Tells until <paramref name="stop"/>.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var isSaid = false;
        while (!stop.IsCancellationRequested)
        {
            var why = await ends.TellAsync(api, null, stop);
            if (why is not null && !isSaid && !stop.IsCancellationRequested)
            {
                say($"the provider could not be told how runs ended, and is told later: {why}");
            }

            isSaid = why is not null;
            await Task.Delay(why is null ? s_look : s_afterFault, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
