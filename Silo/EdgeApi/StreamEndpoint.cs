using System.Globalization;
using System.Text.Json;
using Headgate.Grains;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Authorization;
using Headgate.Silo.Certificates;
using Headgate.Silo.Listening;
using Headgate.Silo.Problems;
using Headgate.Silo.Storage;
using Headgate.Silo.Storage.Rows;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.EdgeApi;

/// <summary>
/// GET <c>/v1/stream</c>. Flow: take a place at the hub; then either a snapshot, or what the log holds after <c>Last-Event-ID</c>; then what the hub
/// brings and is newer. A number that the log no longer reaches, or does not reach yet (another database), gets a snapshot. Ends when the caller's
/// certificate no longer stands, when the client does not keep up or does not read, when it has more streams open than it needs, and when the silo stops.
/// </summary>
internal sealed class StreamEndpoint(
    EdgeHub hub,
    IEdgeLog log,
    IEdgeSnapshots snapshots,
    SharedSnapshots shared,
    StreamPlaces places,
    IRelayTargets targets,
    ISiloKeys keys,
    CertificateStanding standing,
    IHostApplicationLifetime lifetime,
    ApiMetrics metrics,
    TimeProvider time,
    ILogger<StreamEndpoint> logger)
{
    private const int PageRows = 500;
    private const int TicksPerComment = 4;

    // The caller's standing is looked at each second (and kept for 2): a revoked one is off the stream within 5 s.
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    public async Task ServeAsync(HttpContext context)
    {
        var peer = context.Peer();
        var after = ReadLastEventId(context);
        var isGateway = peer.Identity.Role == CertificateRole.Gateway;
        using var place = places.Take(peer.Urn);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping, place.Replaced);
        using var subscription = isGateway
            ? hub.Subscribe(EdgeAudience.Gateways, EdgeAudience.Gateway(peer.Id))
            : hub.Subscribe(EdgeAudience.Repositories, EdgeAudience.Repository(peer.Id));

        metrics.StreamOpened();
        ListeningLog.StreamOpened(logger, peer.Urn, after);
        var reason = "failed";
        try
        {
            reason = await RunAsync(context, peer, subscription, after, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            reason = lifetime.ApplicationStopping.IsCancellationRequested ? "stopping" : place.Replaced.IsCancellationRequested ? "replaced" : "client-gone";
        }
        catch (TimeoutException)
        {
            // Nothing can be said to somebody who does not read.
            reason = "not-reading";
            context.Abort();
        }
        finally
        {
            metrics.StreamEnded(reason);
            ListeningLog.StreamEnded(logger, peer.Urn, reason);
        }
    }

    private async Task<string> RunAsync(
        HttpContext context, PeerCertificate peer, EdgeSubscription subscription, long? after, CancellationToken cancellationToken)
    {
        var own = await OwnAsync(peer, cancellationToken);
        var known = after is { } number ? hub.TryReplay(number, subscription.Audiences) : null;
        var replay = known is not null || (after is { } old && await ReachesAsync(old, cancellationToken));
        SharedSnapshot? snapshot = null;
        if (!replay)
        {
            snapshot = await shared.GetAsync(peer.Identity.Role, peer.Id, own.Enrolment, cancellationToken) ?? throw Gone(peer);

            // By now somebody else may have enrolled in its place, whose keys are not for it.
            own = await OwnAsync(peer, cancellationToken) is var still && still == own ? own : throw Gone(peer);
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var writer = new EdgeEventWriter(context.Response.BodyWriter, time);
        long at;
        if (replay)
        {
            at = await ReplayAsync(writer, peer, own, subscription, known, after!.Value, cancellationToken);
        }
        else
        {
            await writer.AddAsync(snapshot!.Sequence, EdgeEventKinds.Snapshot, snapshot.Json, cancellationToken);
            metrics.EventSent();

            // It may be of a moment ago: what came since then and before the subscription.
            at = hub.Position <= snapshot.Sequence
                ? snapshot.Sequence
                : await CatchUpAsync(writer, own, subscription, hub.TryReplay(snapshot.Sequence, subscription.Audiences), snapshot.Sequence, cancellationToken);
        }

        writer.AddHeard();
        await writer.FlushAsync(cancellationToken);
        return await FollowAsync(writer, peer, own, subscription, at, cancellationToken);
    }

    private async Task<bool> ReachesAsync(long after, CancellationToken cancellationToken)
    {
        var (oldest, newest) = await log.RangeAsync(cancellationToken);
        return after >= oldest - 1 && after <= newest;
    }

    private static RefusedException Gone(PeerCertificate peer) =>
        new(RefusalReason.NotFound, $"There is no {peer.Identity.Role.ToString().ToLowerInvariant()} '{peer.Id}', or it has enrolled anew.");

    /// <summary>
    /// The caller as PROXY keys know it: its certificate is of the enrolment that holds the place. The standing that let it in may be 2 s old.
    /// </summary>
    private async Task<ProxyEnd> OwnAsync(PeerCertificate peer, CancellationToken cancellationToken)
    {
        var holder = await snapshots.HolderAsync(peer.Identity.Role, peer.Id, cancellationToken);
        if (holder?.Includes(peer.Serial) != true && await standing.CheckNowAsync(peer, cancellationToken) is { } refusal)
        {
            throw refusal;
        }

        return new ProxyEnd(peer.Id, holder?.Enrolment ?? 0);
    }

    private async Task<long> CatchUpAsync(
        EdgeEventWriter writer,
        ProxyEnd own,
        EdgeSubscription subscription,
        (IReadOnlyList<EdgeLogRow> Rows, long Position)? known,
        long after,
        CancellationToken cancellationToken)
    {
        if (known is { } kept)
        {
            foreach (var row in kept.Rows)
            {
                await AddAsync(writer, row, own, cancellationToken);
            }

            return Math.Max(after, kept.Position);
        }

        while (await log.ReadAsync(after, PageRows, cancellationToken) is { Count: > 0 } rows)
        {
            foreach (var row in rows.Where(row => subscription.Audiences.Contains(row.Audience)))
            {
                await AddAsync(writer, row, own, cancellationToken);
            }

            after = rows[^1].Sequence;
            await writer.FlushAsync(cancellationToken);
        }

        return after;
    }

    private async Task<long> ReplayAsync(
        EdgeEventWriter writer,
        PeerCertificate peer,
        ProxyEnd own,
        EdgeSubscription subscription,
        (IReadOnlyList<EdgeLogRow> Rows, long Position)? known,
        long after,
        CancellationToken cancellationToken)
    {
        after = await CatchUpAsync(writer, own, subscription, known, after, cancellationToken);
        if (peer.Identity.Role == CertificateRole.Gateway)
        {
            // Where this silo listens is not in the log: a restart may have moved it while the gateway's memory of it stayed.
            foreach (var target in targets.For(own))
            {
                await writer.AddAsync(
                    null, EdgeEventKinds.TargetChanged, JsonSerializer.SerializeToUtf8Bytes(target, ProtocolJson.Default.RelayTarget), cancellationToken);
            }
        }

        return after;
    }

    private async Task<string> FollowAsync(
        EdgeEventWriter writer, PeerCertificate peer, ProxyEnd own, EdgeSubscription subscription, long at, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_tick, time);
        var tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
        var ready = subscription.Rows.WaitToReadAsync(cancellationToken).AsTask();
        for (var ticks = 1; ;)
        {
            await Task.WhenAny(tick, ready);
            if (ready.IsCompleted)
            {
                if (!await ready)
                {
                    return "too-slow";
                }

                while (subscription.Rows.TryRead(out var row))
                {
                    if (row.Sequence > at)
                    {
                        await AddAsync(writer, row, own, cancellationToken);
                        at = row.Sequence;
                    }
                }

                ready = subscription.Rows.WaitToReadAsync(cancellationToken).AsTask();
                await writer.FlushAsync(cancellationToken);
            }

            if (tick.IsCompleted)
            {
                await tick;
                if (time.GetUtcNow() > peer.NotAfter || await standing.CheckAsync(peer, cancellationToken) is not null)
                {
                    return "certificate";
                }

                if (ticks++ % TicksPerComment == 0)
                {
                    writer.AddHeard();
                    await writer.FlushAsync(cancellationToken);
                }

                tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
            }
        }
    }

    private async ValueTask AddAsync(EdgeEventWriter writer, EdgeLogRow row, ProxyEnd own, CancellationToken cancellationToken)
    {
        await writer.AddAsync(row.Sequence, row.Kind, EdgePayload.For(row, own, keys, time.GetUtcNow()), cancellationToken);
        metrics.EventSent();
    }

    private static long? ReadLastEventId(HttpContext context)
    {
        var text = context.Request.Headers["Last-Event-ID"].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            new FieldChecks().Require(false, "Last-Event-ID", text, "the number of an event, 0 to 9223372036854775807").Done();
        }

        return number;
    }
}
