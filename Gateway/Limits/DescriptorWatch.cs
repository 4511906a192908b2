using Microsoft.Extensions.Hosting;

namespace Headgate.Gateway.Limits;

/// <summary>Tells the budget each second what the process may open, because that can be changed while it runs (prlimit).</summary>
internal sealed class DescriptorWatch(DescriptorBudget budget, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(s_every, time);
        try
        {
            while (await ticks.WaitForNextTickAsync(stoppingToken))
            {
                budget.SetLimit(DescriptorLimit.Current());
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
