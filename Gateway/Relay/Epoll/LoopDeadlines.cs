namespace Headgate.Gateway.Relay.Epoll;

/// <summary>What a loop does because time has passed: limits of openings at every tick; at some of them limits of relays, and what nobody needs any more.</summary>
internal sealed class LoopDeadlines(EventLoop loop, EdgeServices services)
{
    private readonly long _checkEvery = (long)(Math.Clamp(Shortest(services.Options).TotalSeconds / 4, 0.01, 1) * services.Time.TimestampFrequency);
    private long _lastCheck;

    public void Tick()
    {
        if (services.Budget.MayAccept)
        {
            loop.Acceptors.ResumePaused();
        }

        var first = loop.Connections.Openings.First;
        for (var (opening, next) = (first, first?.Opening!.Later); opening is not null; (opening, next) = (next, next?.Opening?.Later))
        {
            if (opening.Opening!.Deadline <= loop.Now)
            {
                Over(opening);
            }
        }

        if (loop.Now - _lastCheck < _checkEvery)
        {
            return;
        }

        _lastCheck = loop.Now;
        loop.Pipes.Trim();
        loop.Tenants.Trim();
        foreach (var connection in loop.Connections.Table.Slots)
        {
            if (connection?.Stage == Stage.Relay)
            {
                CheckLimits(connection);
            }
        }
    }

    private static TimeSpan Shortest(GatewayOptions options) => ((ReadOnlySpan<TimeSpan>)
        [options.IdleTimeout, options.StallTimeout, options.HelloTimeout, options.DialTimeout]).ToArray().Min();

    private void CheckLimits(EdgeConnection connection)
    {
        try
        {
            loop.Relay.CheckLimits(connection);
        }
        catch (Exception e)
        {
            loop.Connections.Fail(connection, e);
        }
    }

    private void Over(EdgeConnection connection)
    {
        try
        {
            switch (connection.Stage)
            {
                case Stage.Hello:
                    loop.Refusing.End(connection, Refusal.HelloTimeout);
                    break;
                case Stage.Dial:
                    loop.Dial.OnTimeout(connection);
                    break;
                case Stage.Refused:
                    loop.Connections.Close(connection, isReset: false);
                    break;
                default:
                    // The look-up has a time limit of its own.
                    break;
            }
        }
        catch (Exception e)
        {
            loop.Connections.Fail(connection, e);
        }
    }
}
