using System.Net;
using Headgate.Connector.Commands;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Jobs;

/// <summary>
/// Tells the provider what the service means to run next, whenever that changes, so that its screens say what is planned, and what was missed. All of it every time: what is not
/// named any more is planned no more. At most every 10 s: the provider limits how often.
/// A provider that is away is told when it is back; jobs run without it knowing.
/// </summary>
/// <param name="plans">What it means to run; null while it does not know yet.</param>
/// <param name="tell">Tells the provider.</param>
/// <param name="say">Tells people.</param>
/// <param name="time">The clock.</param>
internal sealed class PlanTeller(
    Func<IReadOnlyList<PlannedJob>?> plans, Func<PlansRequest, CancellationToken, Task<PlansAnswer>> tell, Action<string> say, TimeProvider time)
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_again = TimeSpan.FromHours(6);
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_afterFault = TimeSpan.FromSeconds(30);

    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    private IReadOnlyList<PlannedJob>? _told;

    /// <summary>Tells until <paramref name="stop"/>.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var at = time.GetTimestamp();
        var pause = TimeSpan.Zero;
        while (!stop.IsCancellationRequested)
        {
            // The first time also where there is none: jobs may have been removed while no service ran.
            if (plans() is { } now && (_told is null || !_told.SequenceEqual(now) || time.GetElapsedTime(at) >= s_again) && time.GetElapsedTime(at) >= pause)
            {
                pause = await TryTellAsync(now, stop);
                at = time.GetTimestamp();
            }

            await Task.Delay(s_look, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Tells once; how long to wait before the next time.</summary>
    private async Task<TimeSpan> TryTellAsync(IReadOnlyList<PlannedJob> now, CancellationToken stop)
    {
        try
        {
            var answer = await tell(new PlansRequest(now), stop);
            foreach (var refused in answer.Refused)
            {
                SayOnce($"the provider does not take the plan of job {refused.Job}: {refused.Sentence}");
            }

            _told = now;
            return s_between;
        }
        catch (ProblemException refusal) when (refusal.Status == HttpStatusCode.NotFound)
        {
            SayOnce("the provider's version does not show planned runs; they are run all the same.");
            _told = now;
            return s_again;
        }
        catch (Exception e) when (e is ProblemException or ConnectorFailureException)
        {
            SayOnce($"the provider could not be told what is planned, and is told later: {e.Message}");
            return s_afterFault;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return TimeSpan.Zero;
        }
    }

    private void SayOnce(string sentence)
    {
        if (_said.Count < 100 && _said.Add(sentence))
        {
            say(sentence);
        }
    }
}
