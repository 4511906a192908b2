using Headgate.Protocol;
using Headgate.Protocol.Problems;
using Headgate.Repository.Access;
using System.Text.Json;

namespace Headgate.Repository.Restic;

/// <summary>
/// Says no so that it is heard. restic prints the reason phrase and never the body, so the sentence stands in both. A client in the middle of an
/// upload may not read before it has written: the answer goes out at once, then the body is read on for a while and thrown away; closing
/// with unread bytes would reset the connection and destroy the answer on its way.
/// </summary>
internal sealed partial class RefusalWriter(
    RepositoryOptions options,
    ConnectionRegistry connections,
    RepositoryMetrics metrics,
    TimeProvider time,
    ILogger<RefusalWriter> logger)
{
    private const int MaxPhrase = 400;

    /// <summary>Answers with the refusal, counts it and logs it.</summary>
    public async Task WriteAsync(HttpContext context, ClientConnection connection, Refusal refusal)
    {
        metrics.RequestRefused(refusal.Reason);

        // Before it is known who asks, the request is a stranger's text, or that of somebody who pasted an access key into the wrong part of the address.
        var (method, path) = context.Features.Get<Principal>() is null
            ? ("A request", "")
            : (context.Request.Method, ResticTarget.Shown(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0]));
        LogRefused(
            connection.Id, connection.ServerName, method, path, refusal.Status,
            Words.Kebab(refusal.Reason.ToString()), refusal.Sentence);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        var hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;
        var waitsFor100 = hasBody && context.Request.Headers.Expect.Count > 0;
        var problem = new ProblemAnswer
        {
            Type = "urn:headgate:problem:" + refusal.Code,
            Title = Words.Kebab(refusal.Reason.ToString()),
            Status = refusal.Status,
            Detail = refusal.Sentence,
            Code = refusal.Code,
            Retry = refusal.Status is 503 or 502,
            Errors = refusal.Field is { } field ? new Dictionary<string, string[]> { [field] = [refusal.Sentence] } : null,
        };
        var body = JsonSerializer.SerializeToUtf8Bytes(problem, ProtocolJson.Default.ProblemAnswer);
        var response = context.Response;
        response.Headers.ContentRange = refusal.Reason == RefusalReason.BadRange ? response.Headers.ContentRange : default;
        response.StatusCode = refusal.Status;
        context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = Phrase(refusal.Sentence);
        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        if (waitsFor100)
        {
            // The client waits to be told to send. It is not, and what it would have sent cannot follow on this connection.
            response.Headers.Connection = "close";
        }

        connection.WaitBegins();
        try
        {
            if (!HttpMethods.IsHead(context.Request.Method))
            {
                await response.Body.WriteAsync(body, context.RequestAborted);
            }

            await response.CompleteAsync();
        }
        finally
        {
            connection.WaitEnds();
        }

        if (hasBody && !waitsFor100)
        {
            await DrainAsync(context, connection);
        }
    }

    /// <summary>The sentence as a reason phrase: printable ASCII, at most 400 characters.</summary>
    internal static string Phrase(string sentence) =>
        new([.. sentence.Take(MaxPhrase).Select(c => c is >= ' ' and < (char)127 ? c : '?')]);

    /// <summary>Reads on to the body's end. In a gap nothing can come, and the refusal waits in the session: the time begins anew after it.</summary>
    private async Task DrainAsync(HttpContext context, ClientConnection connection)
    {
        var wasGap = false;
        using var deadline = new CancellationTokenSource();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token);
        await using var ticks = time.CreateTimer(
            _ =>
            {
                var isGap = connection.IsSuspended;
                if (!isGap && !wasGap)
                {
                    deadline.Cancel();
                }

                wasGap = isGap;
            },
            null, options.DrainTimeout, options.DrainTimeout);
        var scratch = new byte[16 * 1024];
        try
        {
            while (await context.Request.Body.ReadAsync(scratch, both.Token) is var count && count > 0)
            {
                connection.Counter?.Up(count);
                metrics.BytesUp(count);
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            connections.End(connection, ConnectionEnd.NotDrained);
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException)
        {
            // The peer is gone; the answer was given.
            LogGone(connection.Id);
        }
    }

    [LoggerMessage(231, LogLevel.Information, "{Connection} {ServerName}: {Method} {Path} refused with {Status} ({Reason}): {Sentence}")]
    private partial void LogRefused(string connection, string serverName, string method, string path, int status, string reason, string sentence);

    [LoggerMessage(232, LogLevel.Debug, "{Connection}: the peer went away while its refused upload was read on")]
    private partial void LogGone(string connection);
}
