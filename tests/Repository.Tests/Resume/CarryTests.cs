using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using Headgate.Protocol.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>One connection to Kestrel, whatever carries it.</summary>
public sealed class CarryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Upload_WhenItsConnectionsAreCut_IsStoredWholeByOneRequest(int cuts)
    {
        await using var repository = await Rig.StartAsync();
        using var requests = new RequestCount(repository);
        await using var session = await TestSession.OpenAsync(repository);
        var blob = Blob.Random(6 << 20);
        await session.SendAsync(Rig.Post("host1", blob));
        var part = blob.Content.Length / (cuts + 1);
        for (var i = 0; i < cuts; i++)
        {
            await session.Http.WriteAsync(blob.Content.AsMemory(i * part, part));
            await Wait.ForAsync(() => repository.TemporaryFiles().Any(), "the upload is under way");
            await session.CutAsync();
            await session.ResumeAsync();
        }

        await session.Http.WriteAsync(blob.Content.AsMemory(cuts * part));
        Assert.StartsWith("HTTP/1.1 200 ", await Raw.ReadHeadAsync(session.Http), StringComparison.Ordinal);

        await Wait.ForAsync(() => requests.Value == 1, $"one request is counted, seen {requests.Value}");
        await repository.Metrics.UntilAsync("sessions.resumed", cuts);
        await repository.Metrics.UntilAsync("objects.committed/data", 1);
        Assert.Equal(0, repository.Metrics["uploads.broken"]);
        using var other = repository.RouteClient();
        Assert.Equal(blob.Content, await other.GetByteArrayAsync("host1/data/" + blob.Name));
        Assert.Equal(SessionEndKind.Completed, (await session.CloseAsync()).Kind);
        await Rig.AssertNothingIsLeftAsync(repository, "completed");
    }

    [Fact]
    public async Task Download_WhenItsConnectionIsCut_ComesWholeFromOneRequest()
    {
        await using var repository = await Rig.StartAsync();
        var blob = Blob.Random(24 << 20);
        using (var client = repository.RouteClient())
        {
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + blob.Name, blob.Body)).StatusCode);
        }

        using var requests = new RequestCount(repository);
        await using var session = await TestSession.OpenAsync(repository);
        using var answer = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, _) => ValueTask.FromResult(session.Http) });
        using var response = await answer.GetAsync("http://x/host1/data/" + blob.Name, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        var (read, cuts) = (0L, 0);
        while (await body.ReadAsync(buffer) is var count && count > 0)
        {
            hash.AppendData(buffer, 0, count);
            read += count;
            if (read > (cuts + 1) * (6L << 20) && cuts < 3)
            {
                cuts++;
                await session.CutAsync();
                await session.ResumeAsync();
            }
        }

        Assert.Equal(3, cuts);
        Assert.Equal(blob.Name, Convert.ToHexStringLower(hash.GetHashAndReset()));
        await Wait.ForAsync(() => requests.Value == 1, "one request is counted");
        await repository.Metrics.UntilAsync("sessions.resumed", 3);
    }

    [Fact]
    public async Task Session_WhenManyRequestsAndLegsComeInTurn_ServesThemInOrder()
    {
        await using var repository = await Rig.StartAsync();
        await using var session = await TestSession.OpenAsync(repository);
        for (var i = 0; i < 4; i++)
        {
            var blob = Blob.Random(1000 + i);
            await session.SendAsync(Rig.Post("host1", blob));
            await session.Http.WriteAsync(blob.Content);
            Assert.StartsWith("HTTP/1.1 200 ", await Raw.ReadHeadAsync(session.Http), StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 200 ", await session.AskAsync("HEAD /host1/data/" + blob.Name), StringComparison.Ordinal);
            await session.CutAsync();
            await session.ResumeAsync();
        }

        Assert.Equal(5, session.Session.Legs);
    }

    [Fact]
    public async Task Legs_WhenTwoAreThereAtOnce_TheNewestWinsAndTheOldIsClosed()
    {
        await using var repository = await Rig.StartAsync();
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        TestLeg? first = null;
        await using var session = await TestSession.OpenAsync(
            repository, route, identity, dial: async () => first = (await TestLeg.DialAsync(repository, route, identity)).Unending());
        var blob = Blob.Random(1 << 20);
        await session.SendAsync(Rig.Post("host1", blob));
        await session.Http.WriteAsync(blob.Content.AsMemory(0, 500_000));
        await Wait.ForAsync(() => repository.TemporaryFiles().Any(), "the upload is under way");

        await session.ResumeAsync();

        // The client cannot have closed it: it was given no means to.
        Assert.True(await Raw.IsEndedAsync(first!.Network));
        await session.Http.WriteAsync(blob.Content.AsMemory(500_000));
        Assert.StartsWith("HTTP/1.1 200 ", await Raw.ReadHeadAsync(session.Http), StringComparison.Ordinal);
        await Wait.ForAsync(() => repository.Metrics["connections.active"] == 1, $"one connection is left, seen {repository.Metrics}");
        Assert.Equal(0, repository.Metrics["sessions.suspended"]);
        Assert.Equal(0, repository.Metrics["uploads.broken"]);
    }

    [Fact]
    public async Task Deletion_WhenItComesOverASessionOlderThanTheObject_IsNotCarriedOut()
    {
        await using var repository = await Rig.StartAsync();
        await using var old = await TestSession.OpenAsync(repository);
        await old.CutAsync();
        var blob = Blob.Random(1000);
        using (var client = repository.RouteClient())
        {
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + blob.Name, blob.Body)).StatusCode);
        }

        // A new leg makes no new session: what it replays is as old as the session.
        await old.ResumeAsync();
        Assert.StartsWith("HTTP/1.1 409 ", await old.AskAsync("DELETE /host1/data/" + blob.Name), StringComparison.Ordinal);

        await using var young = await TestSession.OpenAsync(repository);
        Assert.StartsWith("HTTP/1.1 200 ", await young.AskAsync("DELETE /host1/data/" + blob.Name), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", await young.AskAsync("HEAD /host1/data/" + blob.Name), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_WhenItSaysClose_EndsTheSessionInOrder()
    {
        await using var repository = await Rig.StartAsync();
        await using var session = await TestSession.OpenAsync(repository);
        await session.SendAsync("HEAD /host1/config HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 ", await Raw.ReadHeadAsync(session.Http), StringComparison.Ordinal);
        Assert.Equal(SessionEndKind.Completed, (await session.CloseAsync()).Kind);
        await Rig.AssertNothingIsLeftAsync(repository, "completed");
    }

    [Fact]
    public async Task Client_WhenItHalfClosesAfterItsRequest_GetsTheWholeAnswer()
    {
        await using var repository = await Rig.StartAsync();
        var blob = Blob.Random(300_000);
        using (var client = repository.RouteClient())
        {
            await client.PostAsync("host1/data/" + blob.Name, blob.Body);
        }

        await using var session = await TestSession.OpenAsync(repository);
        await session.SendAsync($"GET /host1/data/{blob.Name} HTTP/1.1\r\nHost: x\r\n\r\n");
        await session.Session.Application.Output.CompleteAsync();
        var (total, buffer) = (0, new byte[64 * 1024]);
        while (await session.Http.ReadAsync(buffer) is var count && count > 0)
        {
            total += count;
        }

        Assert.True(total > blob.Content.Length, $"{total} bytes came");
        await session.Session.Application.Input.CompleteAsync();
        Assert.Equal(SessionEndKind.Completed, (await session.Session.Ended.WaitAsync(TimeSpan.FromSeconds(30))).Kind);
    }

    [Fact]
    public async Task Route_WhenPlainHttpIsAsked_IsServedAsEver()
    {
        await using var repository = await Rig.StartAsync();
        var route = repository.OpenRoute();
        await using var tls = await repository.ConnectAsync(route, repository.Connector());
        Assert.Equal(SslApplicationProtocol.Http11, tls.NegotiatedApplicationProtocol);
        Assert.StartsWith("HTTP/1.1 404 ", await Raw.AskAsync(tls, "HEAD /config HTTP/1.1\r\nHost: x\r\n\r\n"), StringComparison.Ordinal);
        await using var silent = await repository.ConnectAsync(route, repository.Connector(), o => o.ApplicationProtocols = null);
        Assert.StartsWith("HTTP/1.1 404 ", await Raw.AskAsync(silent, "HEAD /config HTTP/1.1\r\nHost: x\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(0, repository.Metrics["sessions.active"]);
    }

    [Fact]
    public async Task Access_WhenAResumableStreamIsAsked_IsNotServed()
    {
        await using var repository = await Rig.StartAsync();
        var access = repository.OpenAccess();
        await Assert.ThrowsAnyAsync<Exception>(() => TestLeg.DialAsync(repository, access.ServerName, identity: null));
        await Wait.ForAsync(() => repository.Metrics["connections.refused/handshake-failed"] == 1, $"it is counted, seen {repository.Metrics}");
        await using var both = await repository.ConnectAsync(
            access.ServerName, null, o => o.ApplicationProtocols = [new(ResumeProtocol.Alpn), SslApplicationProtocol.Http11]);
        Assert.Equal(SslApplicationProtocol.Http11, both.NegotiatedApplicationProtocol);
    }

    [Fact]
    public async Task Traffic_WhenASessionChangesLegs_CountsForItsRouteAsOneConnection()
    {
        await using var repository = await Rig.StartAsync();
        var route = repository.OpenRoute();
        await using var session = await TestSession.OpenAsync(repository, route);
        var blob = Blob.Random(5000);
        await session.SendAsync(Rig.Post("host1", blob));
        await session.Http.WriteAsync(blob.Content);
        await Raw.ReadHeadAsync(session.Http);
        await session.CutAsync();
        await session.ResumeAsync();

        var traffic = Assert.Single(Rig.Connections(repository).Traffic(name => name == route));

        Assert.Equal((1, 5000), (traffic.Connections, traffic.BytesUp));
        await Wait.ForAsync(() => Rig.Connections(repository).Count == 1, "the leg that was cut is gone");
    }
}
