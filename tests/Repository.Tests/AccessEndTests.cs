using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using Headgate.Protocol.Edge;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>What ends who is in: expiry, silence, revocation, a gateway's end, a snapshot, a stall.</summary>
public sealed class AccessEndTests
{
    [Fact]
    public async Task Grant_WhenItsEndHasCome_IsRefusedInWordsAndEndsWhatRuns()
    {
        var time = new ShiftedTimeProvider();
        await using var repository = await TestRepository.StartAsync(time: time);
        repository.SetQuota("acme", 1 << 30);
        var route = repository.OpenRoute(expires: DateTimeOffset.UtcNow.AddMinutes(10));
        using var client = repository.Client(route, repository.Connector());
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("?create=true", null)).StatusCode);
        await using var upload = await repository.ConnectAsync(route, repository.Connector());
        await upload.WriteAsync(Encoding.ASCII.GetBytes($"POST /data/{Blob.Random(9).Name} HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\nbegin"));
        await Wait.ForAsync(() => repository.TemporaryFiles().Any(), "the upload is under way");

        time.Shift = TimeSpan.FromMinutes(11);

        using var refused = await client.GetAsync("config");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("ended at", refused.ReasonPhrase, StringComparison.Ordinal);
        Assert.True(await Raw.IsEndedAsync(upload));
    }

    [Fact]
    public async Task Silence_WhenTheSiloIsNotHeardForFifteenMinutes_RefusesUntilItIs()
    {
        var time = new ShiftedTimeProvider();
        await using var repository = await TestRepository.StartAsync(time: time);
        using var connector = repository.RouteClient();
        using var agentless = repository.AccessClient(repository.OpenAccess());
        time.Shift = TimeSpan.FromMinutes(14);
        Assert.Equal(HttpStatusCode.NotFound, (await connector.GetAsync("config")).StatusCode);
        time.Shift = TimeSpan.FromMinutes(16);
        using var refused = await connector.GetAsync("config");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("has not heard its control server", refused.ReasonPhrase, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await agentless.GetAsync("config")).StatusCode);
        repository.Book.Heard();
        Assert.Equal(HttpStatusCode.NotFound, (await connector.GetAsync("config")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await agentless.GetAsync("config")).StatusCode);
    }

    [Fact]
    public async Task Key_WhenItIsRevoked_EndsItsConnectionsAndLeavesTheOthers()
    {
        await using var repository = await TestRepository.StartAsync();
        var access = repository.OpenAccess("acme", AccessRights.Full, AccessRights.Full);
        await using var revoked = await repository.ConnectAsync(access.ServerName);
        await using var kept = await repository.ConnectAsync(access.ServerName);
        string Ask(int key) => $"HEAD /config HTTP/1.1\r\nHost: {access.ServerName}\r\nAuthorization: {access.Basic(key)}\r\n\r\n";
        Assert.StartsWith("HTTP/1.1 404 ", await Raw.AskAsync(revoked, Ask(0)), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", await Raw.AskAsync(kept, Ask(1)), StringComparison.Ordinal);

        repository.Apply(EdgeEventKinds.AccessChanged, access.Grant with { Keys = [access.Grant.Keys[1]] });

        Assert.True(await Raw.IsEndedAsync(revoked));
        Assert.StartsWith("HTTP/1.1 404 ", await Raw.AskAsync(kept, Ask(1)), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 401 ", await Raw.AskAsync(kept, Ask(0)), StringComparison.Ordinal);

        repository.Apply(EdgeEventKinds.AccessClosed, new NameReference(access.ServerName));
        Assert.True(await Raw.IsEndedAsync(kept));
    }

    [Fact]
    public async Task Gateway_WhenItIsRemoved_EndsWhatCameThroughIt()
    {
        await using var repository = await TestRepository.StartAsync();
        var key = RandomNumberGenerator.GetBytes(32);
        repository.Apply(EdgeEventKinds.GatewayChanged, new GatewayKey("gtw2", key));
        var route = repository.OpenRoute();
        await using var stays = await repository.ConnectAsync(route, repository.Connector());
        await using var goes = new SslStream(await repository.DialAsync(route, "gtw2", key));
        await goes.AuthenticateAsClientAsync(repository.TlsOptions(route, repository.Connector()));
        const string ask = "HEAD /config HTTP/1.1\r\nHost: x\r\n\r\n";
        Assert.StartsWith("HTTP/1.1 404 ", await Raw.AskAsync(goes, ask), StringComparison.Ordinal);

        repository.Apply(EdgeEventKinds.GatewayRemoved, new NameReference("gtw2"));

        Assert.True(await Raw.IsEndedAsync(goes));
        Assert.StartsWith("HTTP/1.1 404 ", await Raw.AskAsync(stays, ask), StringComparison.Ordinal);
        await using var stream = await repository.DialAsync(route, "gtw2", key);
        Assert.True(await Raw.IsEndedAsync(stream));
    }

    [Fact]
    public async Task Snapshot_WhenItComes_ReplacesWhatWasKnownAndEndsTheRest()
    {
        await using var repository = await TestRepository.StartAsync();
        var (stays, goes) = (repository.OpenRoute(), repository.OpenRoute());
        var access = repository.OpenAccess();
        await using var kept = await repository.ConnectAsync(stays, repository.Connector());
        await using var ended = await repository.ConnectAsync(goes, repository.Connector());
        using var agentless = repository.AccessClient(access);
        const string ask = "HEAD /config HTTP/1.1\r\nHost: x\r\n\r\n";
        await Raw.AskAsync(kept, ask);
        await Raw.AskAsync(ended, ask);
        await agentless.GetAsync("config");

        repository.Apply(EdgeEventKinds.Snapshot, new RepositorySnapshot(
            100, "repo1", TestAuthority.Zone, [new GatewayKey(TestRepository.Gateway, TestRepository.ProxyKey)],
            [repository.Book.Grant(stays)!], [], [new TenantQuota("acme", 5)]));

        Assert.True(await Raw.IsEndedAsync(ended));
        Assert.StartsWith("HTTP/1.1 404 ", await Raw.AskAsync(kept, ask), StringComparison.Ordinal);
        await Wait.ForAsync(() => repository.Metrics["connections.ended/access-closed"] == 1, "the agentless connection is ended");
        Assert.Equal(5, repository.Ledger("acme").Limit);
        Assert.True(repository.Book.Ready.IsCompleted);
    }

    [Fact]
    public async Task Request_WhenNoByteMovesForTheStallTime_IsResetAndCounted()
    {
        var time = new ShiftedTimeProvider();
        await using var repository = await TestRepository.StartAsync(time: time);
        repository.SetQuota("acme", 1 << 30);
        var route = repository.OpenRoute();
        using var client = repository.Client(route, repository.Connector());
        await client.PostAsync("?create=true", null);
        await using var tls = await repository.ConnectAsync(route, repository.Connector());
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"POST /data/{Blob.Random(9).Name} HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\nbegin"));
        await Wait.ForAsync(() => repository.TemporaryFiles().Any(), "the upload is under way");

        time.Shift = TimeSpan.FromSeconds(61);

        Assert.True(await Raw.IsEndedAsync(tls));
        await Wait.ForAsync(() => repository.Metrics["connections.ended/stalled"] == 1, "it is counted");
        await Wait.ForAsync(() => !repository.TemporaryFiles().Any() && repository.Ledger("acme").Reserved == 0, "nothing stays behind");
    }
}
