using System.Net;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>
/// restic sends DELETE after a save that failed for it and posts again; a gateway that stands still can hold that DELETE until after the new post. A session
/// makes it no younger, and what the old gateway still holds when the session has moved on is never carried out.
/// </summary>
public sealed class HeldDeletionTests
{
    [Fact]
    public async Task Deletion_WhenTheSessionWentOnOverAnotherGateway_IsCarriedOutOnceAndNotWhenTheOldOneGoesOn()
    {
        await using var repository = await Rig.StartAsync();
        await using var gateway = new StoppableRelay(repository.Port);
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        await using var session = await OpenThroughAsync(repository, gateway, route, identity);
        var blob = await StoreAsync(session);

        gateway.Stop();
        await session.SendAsync($"DELETE /host1/data/{blob.Name} HTTP/1.1\r\nHost: x\r\n\r\n");
        await Wait.ForAsync(() => gateway.Held > 0, "the deletion stands in the gateway");
        await session.ResumeAsync();
        Assert.StartsWith("HTTP/1.1 200 ", await Raw.ReadHeadAsync(session.Http), StringComparison.Ordinal);
        using var client = repository.Client(route, identity);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + blob.Name, blob.Body)).StatusCode);

        gateway.Continue();

        await Wait.ForAsync(() => gateway.Held == 0, "what it held is gone");
        Assert.StartsWith("HTTP/1.1 200 ", await session.AskAsync("HEAD /host1/data/" + blob.Name), StringComparison.Ordinal);
        Assert.Equal(blob.Content, await client.GetByteArrayAsync("host1/data/" + blob.Name));
        await repository.Metrics.UntilAsync("objects.deleted/data", 1);
        Assert.Equal(2, session.Session.Legs);
    }

    [Fact]
    public async Task Deletion_WhenItsToolGaveUpAndTheObjectWasPostedAgain_IsRefusedWhenTheGatewayGoesOn()
    {
        await using var repository = await Rig.StartAsync();
        await using var gateway = new StoppableRelay(repository.Port);
        var (route, identity) = (repository.OpenRoute(), repository.Connector());
        await using var session = await OpenThroughAsync(repository, gateway, route, identity);
        var blob = await StoreAsync(session);

        gateway.Stop();
        await session.SendAsync($"DELETE /host1/data/{blob.Name} HTTP/1.1\r\nHost: x\r\n\r\n");
        await Wait.ForAsync(() => gateway.Held > 0, "the deletion stands in the gateway");

        // The tool posts the same object again, over another stream of the run and through another gateway.
        await using var second = await TestSession.OpenAsync(repository, route, identity, stream: 2);
        await second.SendAsync(Rig.Post("host1", blob));
        await second.Http.WriteAsync(blob.Content);
        Assert.StartsWith("HTTP/1.1 200 ", await Raw.ReadHeadAsync(second.Http), StringComparison.Ordinal);

        gateway.Continue();

        Assert.StartsWith("HTTP/1.1 409 ", await Raw.ReadHeadAsync(session.Http), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await second.AskAsync("HEAD /host1/data/" + blob.Name), StringComparison.Ordinal);
        Assert.Equal(0, repository.Metrics["objects.deleted/data"]);
    }

    private static Task<TestSession> OpenThroughAsync(TestRepository repository, StoppableRelay gateway, string route, ProgramIdentity identity) =>
        TestSession.OpenAsync(
            repository, route, identity,

            // It hears nothing for a while, and is not to move on by itself.
            limits: new ResumeLimits { Silence = TimeSpan.FromMinutes(5), IdlePing = TimeSpan.FromMinutes(5) },
            dial: () => TestLeg.DialAsync(repository, route, identity, port: gateway.Port));

    private static async Task<Blob> StoreAsync(TestSession session)
    {
        var blob = Blob.Random(20_000);
        await session.SendAsync(Rig.Post("host1", blob));
        await session.Http.WriteAsync(blob.Content);
        Assert.StartsWith("HTTP/1.1 200 ", await Raw.ReadHeadAsync(session.Http), StringComparison.Ordinal);
        return blob;
    }
}
