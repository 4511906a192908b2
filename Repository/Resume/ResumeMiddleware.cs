using Headgate.Protocol.Naming;
using Headgate.Protocol.Resume;
using Headgate.Repository.Access;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Headgate.Repository.Resume;

/// <summary>
/// Takes connections apart by what was agreed in TLS, before HTTP sees them. Without ALPN, or with <c>http/1.1</c>: a connection like any other. With
/// <c>headgate-resume/1</c>: a leg, whose first frame opens a session or comes back to one. What the frames are is in docs/resume.md.
/// <code>
/// leg 1  OPEN    the route's connector? a place for the tenant? room on the host?   OPENED   HTTP begins, once, in the session's own task
/// leg n  RESUME  known here? same tenant, connector, name? MAC, number, offset, hash   RESUMED  the old leg is aborted, HTTP notices nothing
/// </code>
/// </summary>
internal sealed partial class ResumeMiddleware(
    ConnectionRegistry connections,
    AccessBook book,
    SessionTable table,
    RepositoryMetrics metrics,
    TimeProvider time,
    ILogger<ResumeMiddleware> logger)
{
    private static readonly TimeSpan s_helloTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Serves one connection to its end.</summary>
    /// <param name="transport">The connection, with TLS done.</param>
    /// <param name="http">What comes after: Kestrel's HTTP.</param>
    public async Task OnConnectionAsync(ConnectionContext transport, ConnectionDelegate http)
    {
        var connection = transport.Features.GetRequiredFeature<ClientConnection>();
        if (connection.Kind != ServerNameKind.Route || !IsResume(transport))
        {
            connections.Bind(connection);
            await http(transport);
            return;
        }

        // From here on the handshake has succeeded: what goes wrong is counted as a leg's refusal.
        connection.IsRefused = true;
        var heard = new HeardReader(transport.Transport.Input, connection);
        var leg = new ResumeLeg(heard, new PieceWriter(transport.Transport.Output), () => Abort(transport, connection));
        var stream = await GreetAsync(transport, connection, leg, http);
        if (stream is null)
        {
            return;
        }

        heard.Session = stream.Client;
        if (stream.LegBegins(connection))
        {
            metrics.SessionSuspended(-1);
        }

        try
        {
            var end = await ResumeServer.RunAsync(stream.Session, leg, CancellationToken.None);
            LogLegEnded(connection.Id, stream.Client.Id, connection.Gateway, end);
        }
        finally
        {
            if (stream.LegEnds())
            {
                metrics.SessionSuspended(1);
            }
        }

        if (stream.Client.IsSuspended && table.IsStopping)
        {
            stream.Stop();
        }
    }

    /// <summary>Resets a leg's connection. What that throws must not reach the session: its other legs have nothing to do with it.</summary>
    private void Abort(ConnectionContext transport, ClientConnection connection)
    {
        try
        {
            transport.Abort(new ConnectionAbortedException("The leg is given up."));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogAbortFailed(fault, connection.Id);
        }
    }

    private static bool IsResume(ConnectionContext transport) =>
        transport.Features.Get<ITlsApplicationProtocolFeature>() is { } chosen
        && chosen.ApplicationProtocol.Span.SequenceEqual(TlsGate.Resume.Protocol.Span);

    /// <summary>Reads the first frame and answers it; null when it came to nothing, which is counted.</summary>
    private async Task<SessionStream?> GreetAsync(ConnectionContext transport, ClientConnection connection, ResumeLeg leg, ConnectionDelegate http)
    {
        using var deadline = new CancellationTokenSource(s_helloTimeout, time);
        try
        {
            return await ResumeServer.ReadHelloAsync(leg, deadline.Token) switch
            {
                ResumeHello.Open open => await OpenAsync(transport, connection, leg, open, http, deadline.Token),
                ResumeHello.Resume resume => await ComeBackAsync(connection, leg, resume, deadline.Token),
                var other => throw new InvalidDataException($"A first frame of the kind {other.GetType().Name} is not one to answer."),
            };
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            Count(connection, SessionRefusal.HelloLate);
        }
        catch (InvalidDataException)
        {
            Count(connection, SessionRefusal.HelloMalformed);
        }
        catch (IOException)
        {
            Count(connection, SessionRefusal.PeerGone);
        }

        transport.Abort(new ConnectionAbortedException("The leg came to nothing."));
        return null;
    }

    private async Task<SessionStream?> OpenAsync(
        ConnectionContext transport, ClientConnection connection, ResumeLeg leg, ResumeHello.Open hello, ConnectionDelegate http, CancellationToken token)
    {
        if (book.Grant(connection.ServerName) is not { } grant)
        {
            return await RefuseAsync(connection, leg, SessionRefusal.Ended, RefusalCode.Ended,
                "This run's route is closed: the run has ended or was ended. Start a new run.", token);
        }

        if (connection.Connector != grant.Tenant + "/" + grant.Connector)
        {
            return await RefuseAsync(connection, leg, SessionRefusal.NotYours, RefusalCode.NotYours,
                "This route was opened for another connector than the one that your certificate names. Start the run on the machine that it belongs to.", token);
        }

        if (!table.TryReserve(grant.Tenant, out var refusal, out var sentence))
        {
            return await RefuseAsync(connection, leg, refusal,
                refusal switch
                {
                    SessionRefusal.TooManySessions => RefusalCode.TooManySessions,
                    SessionRefusal.NoRoom => RefusalCode.NoRoom,
                    _ => RefusalCode.Ended,
                },
                sentence, token);
        }

        var context = new SessionContext(transport);

        // Its place among accepts and commits is drawn before the peer can send anything on it.
        var client = connections.OpenSession(context, connection);
        context.Features.Set(client);
        SessionStream? stream = null;
        try
        {
            await ResumeServer.AcceptAsync(leg, hello, table.BindingOf(connection), table.Epoch, table.Limits, table.Budget, time, Admit, token);
        }
        finally
        {
            if (stream is null)
            {
                connections.Close(client);
                table.Release(grant.Tenant);
            }
        }

        if (stream is null)
        {
            Count(connection, SessionRefusal.Version);
            return null;
        }

        // Whoever closed the route while the session took the leg's place may have found neither.
        if (book.Grant(connection.ServerName) is null)
        {
            connections.End(client, ConnectionEnd.GrantClosed);
        }

        LogOpened(client.Id, connection.ServerName, connection.Gateway, hello.Stream);
        return stream;

        void Admit(ResumeSession session)
        {
            context.Transport = new SessionPipes(session.Application, context);
            stream = new SessionStream(session, context, client, hello.Stream, time);
            client.OnEnd = reason =>
            {
                session.Abort(reason switch
                {
                    ConnectionEnd.Stalled or ConnectionEnd.NotDrained => ResumeFault.Stalled,
                    ConnectionEnd.Unclaimed or ConnectionEnd.Abandoned => ResumeFault.Expired,
                    _ => ResumeFault.Revoked,
                });
                context.Close();
            };
            context.OnAbort(() => session.Abort(ResumeFault.ApplicationReset));
            table.Add(stream, grant.Tenant, http);
        }
    }

    private async Task<SessionStream?> ComeBackAsync(ClientConnection connection, ResumeLeg leg, ResumeHello.Resume hello, CancellationToken token)
    {
        if (hello.Epoch != table.Epoch)
        {
            return await RefuseAsync(connection, leg, SessionRefusal.WrongEpoch, RefusalCode.WrongEpoch,
                "The repository was restarted since this stream began; what had been under way is not kept. Send it again.", token);
        }

        if (table.Find(hello.SessionId) is not { } stream)
        {
            if (table.Ended.TryFind(hello.SessionId, table.BindingOf(connection), out var ended))
            {
                return await RefuseAsync(connection, leg, SessionRefusal.Ended, RefusalCode.Ended, ended, token);
            }

            return await RefuseAsync(connection, leg, SessionRefusal.UnknownSession, RefusalCode.UnknownSession,
                "This stream is not known here: it has ended, or was never yours. Send again what was under way.", token);
        }

        connection.BecomesLeg();
        var answered = false;
        try
        {
            var refused = await ResumeServer.AttachAsync(stream.Session, leg, hello, table.BindingOf(connection), table.Epoch, token);
            answered = true;
            if (refused is { } code)
            {
                Count(connection, Enum.TryParse<SessionRefusal>(code.ToString(), out var reason) ? reason : SessionRefusal.HelloMalformed);
                return null;
            }
        }
        finally
        {
            if (!answered)
            {
                // Attached perhaps, and the answer did not go out: the leg is run to its end, so that the session's wait begins.
                await ResumeServer.RunAsync(stream.Session, leg, new CancellationToken(canceled: true));
            }
        }

        metrics.SessionResumed();
        LogResumed(stream.Client.Id, connection.Gateway, connection.Id, hello.Leg);
        return stream;
    }

    private async Task<SessionStream?> RefuseAsync(
        ClientConnection connection, ResumeLeg leg, SessionRefusal reason, RefusalCode code, string sentence, CancellationToken token)
    {
        Count(connection, reason);
        await ResumeServer.RefuseAsync(leg, code, sentence, token);
        return null;
    }

    private void Count(ClientConnection connection, SessionRefusal reason)
    {
        metrics.SessionRefused(reason);
        LogRefused(connection.Id, connection.ServerName, connection.Gateway, Words.Kebab(reason.ToString()));
    }

    [LoggerMessage(261, LogLevel.Debug, "Session {Session} to {ServerName} was opened through gateway {Gateway}: stream {Stream} of its run")]
    private partial void LogOpened(string session, string serverName, string gateway, uint stream);

    [LoggerMessage(262, LogLevel.Information, "Session {Session} goes on through gateway {Gateway} on connection {Connection}, its leg {Leg}")]
    private partial void LogResumed(string session, string gateway, string connection, uint leg);

    [LoggerMessage(263, LogLevel.Information, "Leg {Connection} to {ServerName} through gateway {Gateway} was refused: {Reason}")]
    private partial void LogRefused(string connection, string serverName, string gateway, string reason);

    [LoggerMessage(264, LogLevel.Debug, "Leg {Connection} of session {Session} through gateway {Gateway} ended: {End}")]
    private partial void LogLegEnded(string connection, string session, string gateway, LegEnd end);

    [LoggerMessage(267, LogLevel.Error, "Leg {Connection} could not be reset")]
    private partial void LogAbortFailed(Exception fault, string connection);
}
