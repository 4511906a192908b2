using System.Net;
using System.Text;
using Headgate.Protocol.Edge;
using Headgate.Repository.Quota;
using Headgate.Repository.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Repository.Tests;

/// <summary>What a client sees of leases: it waits, it goes on, it is refused in words.</summary>
public sealed class LeaseUploadTests
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Post_WhenTheSiloIsAwayForSixtySeconds_IsReadNowhereAndRefusedInWords()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var repository = await StartAsync(1L << 30, time);
        using var client = repository.RouteClient();
        var route = repository.OpenRoute();
        await using var tls = await repository.ConnectAsync(route, repository.Connector());
        repository.Leases.IsAway = true;
        var blob = Blob.Random(100_000);
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"POST /host1/data/{blob.Name} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"));
        await tls.WriteAsync(blob.Content);
        await Wait.ForAsync(() => Waiting(repository) == 1, "the upload waits");

        // Meanwhile locks come and go, and what is stored is read.
        var held = Blob.Random(200);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/locks/" + held.Name, held.Body)).StatusCode);
        Assert.Equal(held.Content, await client.GetByteArrayAsync("host1/locks/" + held.Name));
        Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync("host1/locks/" + held.Name)).StatusCode);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, Waiting(repository));
        await repository.Metrics.UntilAsync("bytes/up", 200);
        Assert.Empty(repository.TemporaryFiles());

        time.Advance(TimeSpan.FromSeconds(2));
        var answer = await Raw.ReadHeadAsync(tls);
        Assert.StartsWith(
            "HTTP/1.1 503 The upload waited 60 s for more of tenant acme's quota, which the provider's control server neither granted nor refused.",
            answer, StringComparison.Ordinal);
        await repository.Metrics.UntilAsync("requests.refused/silo-away", 1);
        Assert.Equal((0, 0L), (Waiting(repository), repository.Ledger("acme").Reserved));
    }

    [Fact]
    public async Task Post_WhenRoomEndsInTheMiddleAndTheSiloIsAway_StandsStillUntilItIsBack()
    {
        var time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        await using var repository = await StartAsync(10 * MiB, time);
        using var client = repository.RouteClient();
        var (first, blob) = (Blob.Random(100), Blob.Random(9 * MiB));
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + first.Name, first.Body)).StatusCode);
        Assert.InRange(repository.Ledger("acme").Ceiling, 4 * MiB, 6 * MiB);
        repository.Leases.IsAway = true;

        using var request = new HttpRequestMessage(HttpMethod.Post, "host1/data/" + blob.Name) { Content = blob.Body };
        request.Headers.TransferEncodingChunked = true;
        var posting = client.SendAsync(request);
        await Wait.ForAsync(() => Waiting(repository) == 1, "the upload waits");
        var read = repository.Metrics["bytes/up"];
        Assert.InRange(read, 4 * MiB, 6 * MiB);
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(read, repository.Metrics["bytes/up"]);

        repository.Leases.IsAway = false;
        await Wait.ForAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(500));
                return posting.IsCompleted;
            },
            "the upload goes on");
        Assert.Equal(HttpStatusCode.OK, (await posting).StatusCode);
        Assert.Equal((9 * MiB) + 4096, repository.Ledger("acme").Used);
    }

    [Fact]
    public async Task Post_WhenTheClientLeavesWhileItWaits_HoldsNothing()
    {
        await using var repository = await StartAsync(1L << 30);
        var route = repository.OpenRoute();
        repository.Leases.IsAway = true;
        await using (var tls = await repository.ConnectAsync(route, repository.Connector()))
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes($"POST /host1/data/{Blob.Random(1).Name} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"));
            await Wait.ForAsync(() => Waiting(repository) == 1, "the upload waits");
        }

        await Wait.ForAsync(() => Waiting(repository) == 0, "nobody waits");
        Assert.Equal(0, repository.Ledger("acme").Reserved);
    }

    [Fact]
    public async Task Post_WhenTheProcessIsSuperseded_IsRefusedInWordsAndTheRestWorks()
    {
        await using var repository = await StartAsync(1L << 30);
        using var client = repository.RouteClient();
        var blobs = Enumerable.Range(0, 3).Select(_ => Blob.Random(1000)).ToArray();
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + blobs[0].Name, blobs[0].Body)).StatusCode);
        var route = repository.OpenRoute();
        await using var tls = await repository.ConnectAsync(route, repository.Connector());
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"POST /host1/data/{blobs[1].Name} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"));
        await Wait.ForAsync(() => repository.Ledger("acme").Reserved > 0, "an upload is under way");

        repository.Leases.Fence(Host(repository));
        var book = repository.Services.GetRequiredService<QuotaBook>();
        await Wait.ForAsync(
            () =>
            {
                book.TellAgain();
                return book.IsSuperseded;
            },
            "the process hears it with what it tells next");

        // Not even what had its room before.
        await tls.WriteAsync(blobs[1].Content);
        Assert.StartsWith("HTTP/1.1 503 This repository takes no more uploads", await Raw.ReadHeadAsync(tls), StringComparison.Ordinal);
        using var refused = await client.PostAsync("host1/data/" + blobs[2].Name, blobs[2].Body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("fenced", refused.ReasonPhrase, StringComparison.Ordinal);
        await repository.Metrics.UntilAsync("requests.refused/superseded", 2);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("host1/data/" + blobs[1].Name)).StatusCode);

        Assert.Equal(blobs[0].Content, await client.GetByteArrayAsync("host1/data/" + blobs[0].Name));
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/locks/" + blobs[2].Name, blobs[2].Body)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync("host1/locks/" + blobs[2].Name)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync("host1/data/" + blobs[0].Name)).StatusCode);
        var state = RepositoryState.Of(
            repository.Book, repository.Services.GetRequiredService<Access.ConnectionRegistry>(), book, CancellationToken.None);
        Assert.Contains("no more uploads", state.Status, StringComparison.Ordinal);

        // The next process of this host counts anew and goes on.
        await repository.RestartAsync();
        repository.SetQuota("acme", 1L << 30);
        using var next = repository.RouteClient();
        Assert.Equal(HttpStatusCode.OK, (await next.PostAsync("host1/data/" + blobs[2].Name, blobs[2].Body)).StatusCode);
    }

    [Fact]
    public async Task Post_WhenTheLastObjectFitsToTheByte_IsStored()
    {
        await using var repository = await StartAsync(300_000);
        using var client = repository.RouteClient();
        var (first, tooMuch, last) = (Blob.Random(100_001), Blob.Random(200_000), Blob.Random(199_999));
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + first.Name, first.Body)).StatusCode);
        Assert.Equal(HttpStatusCode.InsufficientStorage, (await client.PostAsync("host1/data/" + tooMuch.Name, tooMuch.Body)).StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Post, "host1/data/" + last.Name) { Content = last.Body };
        request.Headers.TransferEncodingChunked = true;
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(request)).StatusCode);
        Assert.Equal(300_000, repository.Ledger("acme").Used);
        await Wait.ForAsync(() => repository.Leases.Used("acme") == 300_000, "it is told");
    }

    [Fact]
    public async Task Repositories_WhenTwoHostsShareAQuota_FillItTogetherAndNoFurther()
    {
        const long Limit = 3_000_000;
        var leases = new LeaseDesk();
        await using var one = await StartAsync(Limit, leases: leases);
        await using var two = await StartAsync(Limit, leases: leases);
        Assert.NotEqual(Host(one), Host(two));
        var answers = await Task.WhenAll(new[] { one, two }.Select(async repository =>
        {
            using var client = repository.RouteClient(maxConnections: 4);
            return await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
            {
                var blob = Blob.Random(100_000);
                using var answer = await client.PostAsync("host1/data/" + blob.Name, blob.Body);
                return (answer.StatusCode, answer.ReasonPhrase);
            }));
        }));
        var stored = answers.SelectMany(a => a).Count(answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.InRange(stored, 20, 30);
        Assert.Equal(stored * 100_000, one.Ledger("acme").Used + two.Ledger("acme").Used);
        Assert.True(leases.Out("acme") <= Limit);
        Assert.All(
            answers.SelectMany(a => a).Where(answer => answer.StatusCode != HttpStatusCode.OK),
            answer => Assert.Contains("taken by its other hosts", answer.ReasonPhrase, StringComparison.Ordinal));
    }

    private static int Waiting(TestRepository repository) => repository.Services.GetRequiredService<QuotaBook>().Of("acme").Waiting;

    private static string Host(TestRepository repository) => repository.Services.GetRequiredService<LeaseHost>().Host;

    private static async Task<TestRepository> StartAsync(long quota, TimeProvider? time = null, LeaseDesk? leases = null)
    {
        var repository = await TestRepository.StartAsync(time: time, leases: leases);
        repository.SetQuota("acme", quota);
        using var client = repository.RouteClient();
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/?create=true", null)).StatusCode);
        return repository;
    }
}
