using Headgate.Connector.Drills;
using Headgate.Grains;

namespace Headgate.Server.Drills;

/// <summary>The silo's side of one drill: closes the path, and tells the grain each second how it goes, so that the drill counts as alive.</summary>
internal sealed class DrillDirector(IClusterClient grains, long number, string runner, TimeProvider time, ILogger logger) : IDrillDirector
{
    private const int MaxSentence = 500;
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);

    private volatile string _doing = "Begins.";

    public Task ClosePathAsync(string job, long run, string gateway, CancellationToken cancellationToken) =>
        grains.GetGrain<IJobGrain>($"{DrillGrains.Tenant}/{job}").BarGatewayAsync(run, gateway, cancellationToken);

    // Peers' words may be in it.
    public void Say(string doing) => _doing = string.Concat(doing.Take(MaxSentence).Select(c => char.IsControl(c) ? ' ' : c));

    /// <summary>Tells until <paramref name="over"/> is cancelled; cancels it when the drill is no longer this runner's.</summary>
    public async Task TellAsync(CancellationTokenSource over)
    {
        using var timer = new PeriodicTimer(s_every, time);
        try
        {
            do
            {
                if (!await IsOursAsync(over.Token))
                {
                    await over.CancelAsync();
                }
            }
            while (await timer.WaitForNextTickAsync(over.Token));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task<bool> IsOursAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await grains.Drills().ReportAsync(number, runner, _doing, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Unheard once: the next second tells again.
            DrillLog.Unheard(logger, number, exception);
            return true;
        }
    }
}
