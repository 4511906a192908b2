using System.IO.Pipelines;
using Headgate.Connector.Forwarding;
using Headgate.Protocol.Resume;

namespace Headgate.Connector.Resume;

/// <summary>
/// One connection of the tool as a session with the repository, over one leg after the other. The tool's side is <see cref="Application"/>; it notices
/// nothing of a leg's end but that nothing moves for a while.
/// </summary>
internal sealed class CopyStream(ResumeSession session, Leg first, Attempt attempt, CopyRoutes routes, CopyLimits limits, TimeProvider time)
{
    private volatile GatewayTraffic _traffic = attempt.Record.Of(first.Gateway);

    /// <summary>The tool's end of it.</summary>
    public IDuplexPipe Application => session.Application;

    /// <summary>Counters of the gateway that carries it, or that carried it last.</summary>
    public GatewayTraffic Traffic => _traffic;

    /// <summary>Resets it: the repository is told when there is a leg to tell it on.</summary>
    public void Abort(ResumeFault why) => session.Abort(why);

    /// <summary>
    /// Carries the session until it is over. When <paramref name="stop"/> is cancelled a session that is ending gets a moment for that, and one that has no
    /// leg is given up.
    /// </summary>
    public async Task<SessionEnd> CarryAsync(CancellationToken stop)
    {
        await using var disposed = session;
        using var farewell = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var onStop = stop.Register(() => farewell.CancelAfter(limits.Farewell));
        Leg? leg = first;
        while (leg is not null)
        {
            var moved = session.Acknowledged + session.Received;
            LegEnd end;
            Traffic.BeginStream();
            try
            {
                await using var carrying = leg;
                end = await ResumeClient.RunAsync(session, leg.Frames, farewell.Token);
                if (end is LegEnd.Completed or LegEnd.Reset)
                {
                    await leg.EndAsync(limits.Farewell, time);
                }
            }
            finally
            {
                Traffic.EndStream();
            }

            if (end is not (LegEnd.Lost or LegEnd.Silent) || session.Ended.IsCompleted || stop.IsCancellationRequested)
            {
                break;
            }

            leg = await GoOnAsync(leg, end, session.Acknowledged + session.Received > moved, stop);
        }

        await session.DisposeAsync();
        return await session.Ended;
    }

    private async Task<Leg?> GoOnAsync(Leg lost, LegEnd how, bool wasOfUse, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var searching = routes.ResumeAsync(session, lost, how, wasOfUse, attempt, over.Token);
        if (await Task.WhenAny(searching, session.Ended) != searching)
        {
            // Its wait is over, or the tool does not want it any more.
            await over.CancelAsync();
        }

        try
        {
            var leg = await searching;
            _traffic = attempt.Record.Of(leg.Gateway);
            return leg;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception e) when (e is ResumeRefusedException or ResumeResetException)
        {
            // The session has ended with it, and says how.
            return null;
        }
        catch (CopyRefusedException e)
        {
            attempt.Record.Refuse(e.Message);
            return null;
        }
    }
}
