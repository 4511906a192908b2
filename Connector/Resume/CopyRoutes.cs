using Headgate.Connector.Bootstrap;
using Headgate.Connector.Forwarding;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Resume;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Resume;

/// <summary>
/// The ways of a copy run's streams to the repository: a first leg for each, and another when one is lost. A lost leg is first dialled over the same
/// gateway if that was well until then, and otherwise over the next of the list. Safe for concurrent use.
/// </summary>
internal sealed class CopyRoutes : IAsyncDisposable
{
    private readonly TlsDialer _dialer;
    private readonly GatewayOrder _order;
    private readonly CopyLimits _limits;
    private readonly TimeProvider _time;
    private readonly ListRefresher _lists;
    private readonly GatewaySearch _search;
    private readonly GatewayMoves _moves;
    private readonly LegDialer _legs;
    private readonly ReplayBudget _budget;
    private int _streams;

    /// <param name="dialer">Opens TLS connections.</param>
    /// <param name="names">Resolves gateways' names.</param>
    /// <param name="order">The gateways in use.</param>
    /// <param name="refresh">Fetches a new list.</param>
    /// <param name="limits">Limits.</param>
    /// <param name="say">Tells the user that the run moved.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Draws from 0 to below 1.</param>
    public CopyRoutes(
        TlsDialer dialer, INameResolver names, GatewayOrder order, Func<CancellationToken, Task<GatewayList>> refresh, CopyLimits limits,
        Action<string> say, TimeProvider time, Func<double> random)
    {
        _dialer = dialer;
        _order = order;
        _limits = limits;
        _time = time;
        _lists = new ListRefresher(order, refresh);
        _search = new GatewaySearch(order, _lists, limits, time, random);
        _moves = new GatewayMoves(limits, time, say);
        _legs = new LegDialer(dialer, names, limits, time);
        _budget = new ReplayBudget(limits.HeldBytes);
    }

    /// <summary>Opens a stream, however long that takes: until the wait of a session is over.</summary>
    /// <exception cref="NoGatewayAnswersException">It is.</exception>
    /// <exception cref="CopyRefusedException">The repository refuses the run's streams for good.</exception>
    /// <exception cref="ResumeRefusedException">It refuses this stream, or had no room for it for <see cref="CopyLimits.Room"/>.</exception>
    public async Task<CopyStream> OpenAsync(Attempt attempt, CancellationToken token)
    {
        var number = (uint)Interlocked.Increment(ref _streams);
        var tried = new TriedGateways();
        using var wait = new CancellationTokenSource(_limits.Session.Wait, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(wait.Token, token);
        var began = _time.GetTimestamp();
        for (var round = 0; ; round++)
        {
            try
            {
                var opened = await _search.FindAsync<Opened>(null, (gateway, dial, stop) => OpenOverAsync(gateway, dial, number, attempt, tried, stop), both.Token);
                var without = tried.Without(opened.Leg.Gateway);
                attempt.Record.Of(opened.Leg.Gateway).AddConnection(_order.WhyNow(opened.Entry, without), without.FirstOrDefault());
                attempt.Record.AddTrials(opened.Leg.Gateway, without);
                return new CopyStream(opened.Session, opened.Leg, attempt, this, _limits, _time);
            }
            catch (OperationCanceledException) when (!token.IsCancellationRequested)
            {
                throw new NoGatewayAnswersException($"repository {attempt.Ticket.Repository}", tried.Attempts);
            }
            catch (ResumeRefusedException e) when (e.Code == RefusalCode.Version)
            {
                throw new CopyRefusedException(
                    $"Repository {attempt.Ticket.Repository} speaks another version of {ResumeProtocol.Alpn}: {e.Message} Use --kind backup, or another version of headgate.", e);
            }
            catch (ResumeRefusedException e) when (!e.IsFinal && _time.GetElapsedTime(began) < _limits.Room)
            {
                // Streams that end make room.
                await Task.Delay(_search.PauseAfter(round), _time, token);
            }
        }
    }

    /// <summary>A leg over which <paramref name="session"/> goes on.</summary>
    /// <param name="session">The session.</param>
    /// <param name="lost">The leg that it lost.</param>
    /// <param name="how">How it was lost.</param>
    /// <param name="wasOfUse">Whether anything went over it.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="token">Ends the search; nothing else does, as the session itself knows when its wait is over.</param>
    /// <exception cref="CopyRefusedException">The repository refuses the run's streams for good.</exception>
    /// <exception cref="ResumeRefusedException">It refuses this session.</exception>
    /// <exception cref="ResumeResetException">The session is over.</exception>
    public async Task<Leg> ResumeAsync(ResumeSession session, Leg lost, LegEnd how, bool wasOfUse, Attempt attempt, CancellationToken token)
    {
        var began = _time.GetTimestamp();
        var before = session.Gaps.Total;
        var wasWell = how == LegEnd.Lost && wasOfUse;
        if (!wasWell)
        {
            _order.Failed(lost.Gateway);
        }

        var move = _moves.Join(lost.Gateway, lost.Began, out var leads);
        var tried = new TriedGateways();
        try
        {
            var head = !leads ? await move.To.WaitAsync(token) : wasWell ? lost.Gateway : null;
            var leg = await _search.FindAsync<Leg>(head, (gateway, dial, stop) => ResumeOverAsync(session, gateway, dial, attempt, tried, stop), token);
            var gap = GapOf(_time.GetElapsedTime(began), how, session.Gaps.Total - before);
            attempt.Record.Of(leg.Gateway).AddConnection(how == LegEnd.Silent ? PathReasons.Silent : PathReasons.Closed, lost.Gateway);
            attempt.Record.AddTrials(leg.Gateway, tried.Without(leg.Gateway));
            attempt.Record.AddResume(gap);
            if (leads)
            {
                _moves.Settle(move, attempt.Ticket, lost.Gateway, leg.Gateway, gap);
            }

            return leg;
        }
        catch (OperationCanceledException)
        {
            // Nobody found a way: whoever asks why the tool failed is told what was tried.
            foreach (var failure in tried.Attempts)
            {
                attempt.Record.AddFailure(failure);
            }

            throw;
        }
        finally
        {
            if (leads)
            {
                _moves.GiveUp(move);
            }
        }
    }

    public ValueTask DisposeAsync() => _lists.DisposeAsync();

    private async Task<Opened?> OpenOverAsync(
        GatewayEntry gateway, DialTimeouts dial, uint number, Attempt attempt, TriedGateways tried, CancellationToken token)
    {
        var run = attempt.Ticket;
        var name = FormattableString.Invariant($"{run.Job}/{run.Run}");
        var found = await _legs.DialAsync(
            gateway,
            run,
            dial,
            (leg, limit) => ResumeClient.OpenAsync(leg.Frames, BindingOf(run), number, name, _limits.Session, _budget, _time, limit),
            tried,
            token);
        return found is { } it ? new Opened(gateway, it.Leg, it.Answer) : null;
    }

    private async Task<Leg?> ResumeOverAsync(
        ResumeSession session, GatewayEntry gateway, DialTimeouts dial, Attempt attempt, TriedGateways tried, CancellationToken token)
    {
        try
        {
            var found = await _legs.DialAsync(
                gateway,
                attempt.Ticket,
                dial,
                async (leg, limit) =>
                {
                    await ResumeClient.ResumeAsync(session, leg.Frames, limit);
                    return leg;
                },
                tried,
                token);
            return found?.Leg;
        }
        catch (ResumeRefusedException e) when (!e.IsFinal)
        {
            tried.Note(new DialAttempt(gateway.Gateway, gateway.Host, DialFailure.BrokenOff, "the repository refused it for now: " + e.Message));
            return null;
        }
    }

    /// <summary>
    /// How long the stream was without a way. A silent leg was none before it was given up; but a stream that had nothing to carry did not miss it for longer
    /// than it takes to find out.
    /// </summary>
    private TimeSpan GapOf(TimeSpan search, LegEnd how, TimeSpan unheard)
    {
        var noticed = search + (2 * _limits.Session.Silence);
        return how != LegEnd.Silent ? search : unheard < noticed ? unheard : noticed;
    }

    private ResumeBinding BindingOf(RunTicket run)
    {
        var own = _dialer.Identity.Identity;
        return new ResumeBinding(own.Tenant, own.Id[(own.Tenant.Length + 1)..], run.Repository, run.ServerName.ToLowerInvariant());
    }

    private sealed record Opened(GatewayEntry Entry, Leg Leg, ResumeSession Session);
}
