using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.Logging;

namespace Headgate.Portal;

/// <summary>
/// Who is signed in on this circuit, and the one way to act: every action asks the account's grain first whether the session goes on, and names the user
/// for the audit. Looked at every few seconds as well; when it has ended nothing is shown or done any more until the same user has signed in again, and
/// what was typed stays. Used on its circuit only.
/// </summary>
public sealed class Session : ServerAuthenticationStateProvider, IAsyncDisposable
{
    private readonly SiteOptions _site;
    private readonly IClusterClient _grains;
    private readonly SessionTickets _tickets;
    private readonly TimeProvider _time;
    private readonly ILogger<Session> _logger;
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _answers = new();
    private SessionUser? _user;
    private Task _adopting = Task.CompletedTask;
    private Task _watching = Task.CompletedTask;
    private long _asked;
    private long _answered;
    private bool _disposed;

    /// <summary>Made by the circuit's or the request's scope.</summary>
    public Session(SiteOptions site, IClusterClient grains, SessionTickets tickets, TimeProvider time, ILogger<Session> logger)
    {
        (_site, _grains, _tickets, _time, _logger) = (site, grains, tickets, time, logger);
        // The framework gives a circuit its user by this event and need not ask again.
        AuthenticationStateChanged += state => _adopting = AdoptAsync(state);
    }

    /// <summary>Raised, on any thread, when the session ends or goes on again.</summary>
    public event Action? Changed;

    /// <summary>Who is signed in; the one who was, after the session has ended.</summary>
    /// <exception cref="InvalidOperationException">Nobody is.</exception>
    public SessionUser User => _user ?? throw new InvalidOperationException("Nobody is signed in.");

    /// <summary>Whether somebody is or was signed in on this circuit.</summary>
    public bool HasUser => _user is not null;

    /// <summary>The tenant of the user of the tenants' site.</summary>
    /// <exception cref="InvalidOperationException">The user has none.</exception>
    public string Tenant => User.Tenant ?? throw new InvalidOperationException("The user is no tenant's.");

    /// <summary>Whether the session goes on, as far as is known.</summary>
    public bool IsOpen { get; private set; }

    /// <inheritdoc/>
    public override async Task<AuthenticationState> GetAuthenticationStateAsync()
    {
        var state = await base.GetAuthenticationStateAsync();
        Adopt(state);
        return state;
    }

    /// <summary>Does what a person asked for. Never throws: what went wrong is in the answer, with a sentence.</summary>
    public async Task<Outcome<T>> ActAsync<T>(Func<IGrainFactory, CancellationToken, Task<T>> action)
    {
        if (!await AskAsync())
        {
            return new(default, false, null, IsOpen
                ? "The server could not tell whether your session goes on, so nothing was done. Try again in a moment."
                : "Your session has ended. Sign in again to go on; what you typed stays here.");
        }

        try
        {
            CallContext.Act(User.Account, isProvider: User.Role == AccountRole.Administrator);
            return new(await action(_grains, _closed.Token), true, null, "");
        }
        catch (RefusedException refusal)
        {
            return new(default, false, refusal, refusal.Message);
        }
        catch (Exception exception)
        {
            PortalLog.ActionFailed(_logger, exception, User.Account);
            return new(default, false, null, "The server could not do this. It may or may not have happened: look again before you repeat it. The reason is in the server's log.");
        }
    }

    /// <summary>Does what a person asked for and answers nothing.</summary>
    public Task<Outcome<bool>> ActAsync(Func<IGrainFactory, CancellationToken, Task> action) => ActAsync(async (factory, token) =>
    {
        await action(factory, token);
        return true;
    });

    /// <summary>Goes on with a ticket that the browser fetched after signing in again. False unless it is the same user's.</summary>
    public async Task<bool> ContinueAsync(string ticket)
    {
        if (_tickets.Read(ticket) is not { } user || user.Account != User.Account || user.Role != User.Role || user.Tenant != User.Tenant)
        {
            return false;
        }

        _user = user;
        return await AskAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // It is registered under two types, and its scope disposes of it for each.
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _closed.CancelAsync();
        await Task.WhenAll(_adopting, _watching);
        _closed.Dispose();
    }

    private async Task AdoptAsync(Task<AuthenticationState> state) => Adopt(await state);

    private void Adopt(AuthenticationState state)
    {
        if (_user is null && !_disposed && SessionUser.From(state.User) is { } user)
        {
            _user = user;
            IsOpen = true;
            _watching = WatchAsync(_closed.Token);
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_site.SessionCheck, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await AskAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The circuit is gone.
        }
    }

    private async Task<bool> AskAsync()
    {
        var user = User;
        var asked = Interlocked.Increment(ref _asked);
        bool open;
        try
        {
            open = user.Expires > _time.GetUtcNow() && await _grains.GetGrain<IAccountGrain>(user.Account).CheckAsync(user.Stamp, _closed.Token);
        }
        catch (RefusedException)
        {
            open = false;
        }
        catch (Exception exception) when (!_closed.IsCancellationRequested)
        {
            // Not known: what is shown stays, nothing is done.
            PortalLog.SessionUnasked(_logger, exception, user.Account);
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        if (Take(open, asked, user))
        {
            Changed?.Invoke();
        }

        return open;
    }

    /// <summary>Answers may come in another order than they were asked for: an older one says nothing new.</summary>
    private bool Take(bool open, long asked, SessionUser user)
    {
        lock (_answers)
        {
            if (asked < _answered || !ReferenceEquals(user, _user))
            {
                return false;
            }

            _answered = asked;
            var isNews = open != IsOpen;
            IsOpen = open;
            return isNews;
        }
    }
}
