using System.Text.Json;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;
using Headgate.Repository.Access;
using Headgate.Repository.Quota;

namespace Headgate.Repository.Edge;

/// <summary>Follows the silo's event stream: one connection, from where the last one broke off, for as long as the process lives.</summary>
internal sealed partial class EdgeLink(
    EdgeSession session,
    AccessBook book,
    QuotaBook quotas,
    RepositoryMetrics metrics,
    TimeProvider time,
    ILogger<EdgeLink> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(time);
        long? last = null;
        var isBroken = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            var renewed = session.Renewed;
            using var both = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, renewed);
            var isFirst = true;
            try
            {
                await foreach (var change in session.Client.StreamAsync(last, both.Token))
                {
                    book.Apply(change);
                    if (isFirst)
                    {
                        isFirst = false;
                        quotas.TellAgain();
                    }

                    last = change.Sequence ?? last;
                    backoff.Reset();
                    if (isBroken)
                    {
                        isBroken = false;
                        LogBack(last);
                    }
                }

                LogEnded(last);
            }
            catch (OperationCanceledException) when (both.IsCancellationRequested)
            {
                continue;
            }
            catch (Exception fault) when (fault is HttpRequestException or ProblemException or IOException)
            {
                metrics.EdgeFailed("stream");
                var level = isBroken ? LogLevel.Debug : LogLevel.Warning;
                isBroken = true;
                LogBroken(level, fault.Message, book.Silence.TotalSeconds);
            }
            catch (JsonException fault)
            {
                // What the stream said cannot be read: going on after it would skip a change, so everything is asked for again.
                metrics.EdgeFailed("event");
                LogUnreadable(fault);
                last = null;
            }

            await WaitAsync(backoff, stoppingToken);
        }
    }

    private static async Task WaitAsync(Backoff backoff, CancellationToken token)
    {
        try
        {
            await backoff.WaitAsync(token);
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // Stopping; the loop's condition ends it.
        }
    }

    [LoggerMessage(401, LogLevel.Debug, "The silo ended the event stream after {Sequence}")]
    private partial void LogEnded(long? sequence);

    [LoggerMessage(EventId = 402, Message = "The silo's event stream is not there: {Fault} (silent for {Seconds:0} s)")]
    private partial void LogBroken(LogLevel level, string fault, double seconds);

    [LoggerMessage(404, LogLevel.Information, "The silo's event stream is there again; going on after {Sequence}")]
    private partial void LogBack(long? sequence);

    [LoggerMessage(403, LogLevel.Error, "The silo's event stream said what cannot be read; asking for everything again")]
    private partial void LogUnreadable(Exception fault);
}
