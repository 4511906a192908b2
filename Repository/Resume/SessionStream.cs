using Headgate.Protocol.Resume;
using Headgate.Repository.Access;
using Microsoft.AspNetCore.Connections;

namespace Headgate.Repository.Resume;

/// <summary>
/// One session from its acceptance to its end: Kestrel's connection above, the legs below. It owns the task that Kestrel's HTTP runs in, so that
/// no leg's end is the end of a request.
/// </summary>
internal sealed class SessionStream(ResumeSession session, SessionContext context, ClientConnection client, uint number, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long _opened = time.GetTimestamp();
    private int _legs;
    private long _suspended;

    /// <summary>The protocol's side.</summary>
    public ResumeSession Session => session;

    /// <summary>The connection's record, which everything above goes by.</summary>
    public ClientConnection Client => client;

    /// <summary>The number that its connector gave it within its run.</summary>
    public uint Number => number;

    /// <summary>How long it is there.</summary>
    public TimeSpan Age => time.GetElapsedTime(_opened);

    /// <summary>How long no leg carries it; null while one does.</summary>
    public TimeSpan? SuspendedFor
    {
        get
        {
            lock (_gate)
            {
                return client.IsSuspended ? time.GetElapsedTime(_suspended) : null;
            }
        }
    }

    /// <summary>Done when the session is over and everything of it is given back; set once by <see cref="Start"/>.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Serves HTTP over the session, in a task of its own.</summary>
    /// <param name="http">Kestrel's HTTP, called once.</param>
    /// <param name="onEnd">Called once, when the session is over and HTTP has let go of it.</param>
    /// <param name="onFault">Told of an exception that HTTP let out.</param>
    public void Start(ConnectionDelegate http, Action<SessionStream, SessionEnd> onEnd, Action<SessionStream, Exception> onFault) =>
        Completion = Task.Run(() => ServeAsync(http, onEnd, onFault));

    /// <summary>A leg begins to carry it.</summary>
    /// <returns>True when it was suspended.</returns>
    public bool LegBegins(ClientConnection leg)
    {
        lock (_gate)
        {
            client.Follow(leg);
            var wasSuspended = client.IsSuspended;
            _legs++;
            client.IsSuspended = false;
            return wasSuspended;
        }
    }

    /// <summary>A leg carries it no more.</summary>
    /// <returns>True when it is suspended by that.</returns>
    public bool LegEnds()
    {
        lock (_gate)
        {
            _legs--;
            client.IsSuspended = _legs == 0 && !session.Ended.IsCompleted;
            _suspended = time.GetTimestamp();
            return client.IsSuspended;
        }
    }

    /// <summary>The session is over.</summary>
    /// <returns>True when it was suspended.</returns>
    public bool Ends()
    {
        lock (_gate)
        {
            var wasSuspended = client.IsSuspended;
            client.IsSuspended = false;
            return wasSuspended;
        }
    }

    /// <summary>This process stops: a session that a leg carries ends with its request, one that nobody could come back to ends at once.</summary>
    public void Stop()
    {
        if (session.IsAttached)
        {
            context.RequestClose();
        }
        else
        {
            session.Abort(ResumeFault.Stopping);
        }
    }

    private async Task ServeAsync(ConnectionDelegate http, Action<SessionStream, SessionEnd> onEnd, Action<SessionStream, Exception> onFault)
    {
        var closing = CloseWhenEndedAsync();
        try
        {
            await http(context);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            onFault(this, fault);
            session.Abort(ResumeFault.ApplicationReset);
        }

        // HTTP is done. What it wrote still has to be taken over, and the peer's direction to end; the stall rule sees to a peer that does neither.
        await session.Application.Output.CompleteAsync();
        await session.Application.Input.CompleteAsync();
        client.WaitBegins();
        var end = await session.Ended;
        await closing;
        await session.DisposeAsync();
        onEnd(this, end);
    }

    private async Task CloseWhenEndedAsync()
    {
        var end = await session.Ended;
        if (end.Kind != SessionEndKind.Completed)
        {
            context.Close();
        }
    }
}
