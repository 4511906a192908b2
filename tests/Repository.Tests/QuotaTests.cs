using System.Net;
using System.Text;
using Headgate.Protocol.Edge;
using Headgate.Repository.Quota;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>Quotas hold exactly, and what must work at 100 % works.</summary>
public sealed class QuotaTests
{
    [Fact]
    public async Task Post_WhenManyWriteAtOnceNearTheLimit_NeverPassesIt()
    {
        await using var repository = await StartAsync(10 * 100_000);
        using var client = repository.RouteClient();
        using var stop = new CancellationTokenSource();
        var highest = 0L;
        var watcher = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                var view = repository.Ledger("acme");
                highest = Math.Max(highest, view.Used + view.Reserved);
            }
        });

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(async _ =>
        {
            var blob = Blob.Random(100_000);
            using var answer = await client.PostAsync("host1/data/" + blob.Name, blob.Body);
            return answer.StatusCode;
        }));
        await stop.CancelAsync();
        await watcher;

        Assert.Equal(10, answers.Count(status => status == HttpStatusCode.OK));
        Assert.Equal(22, answers.Count(status => status == HttpStatusCode.InsufficientStorage));
        Assert.Equal((1_000_000L, 0L), (repository.Ledger("acme").Used, repository.Ledger("acme").Reserved));
        Assert.True(highest <= 1_000_000, $"used and reserved reached {highest}");
        await repository.Metrics.UntilAsync("requests.refused/quota-exceeded", 22);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Post_WhenALargeUploadIsRefused_TheSentenceArrives(bool chunked)
    {
        await using var repository = await StartAsync(1_000_000);
        var route = repository.OpenRoute();
        await using var tls = await repository.ConnectAsync(route, repository.Connector());
        const int size = 20_000_000;
        var framing = chunked ? $"Transfer-Encoding: chunked\r\n\r\n{size:x}\r\n" : $"Content-Length: {size}\r\n\r\n";
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"POST /host1/data/{Blob.Random(1).Name} HTTP/1.1\r\nHost: x\r\n{framing}"));

        // A client that writes all before it reads: closing early would reset the connection and destroy the answer.
        await tls.WriteAsync(new byte[size]);
        await tls.WriteAsync(Encoding.ASCII.GetBytes(chunked ? "\r\n0\r\n\r\n" : ""));
        var answer = await Raw.ReadHeadAsync(tls);

        Assert.StartsWith("HTTP/1.1 507 Quota exceeded: tenant acme may use 976.6 KiB on this repository, 0 B are used", answer, StringComparison.Ordinal);
        Assert.Contains("restic forget --prune", answer.Split("\r\n")[0], StringComparison.Ordinal);
        Assert.Equal((0L, 0L), (repository.Ledger("acme").Used, repository.Ledger("acme").Reserved));
        Assert.Empty(repository.TemporaryFiles());

        // Read to its end, the connection serves on (after the rest of the refusal's body).
        var next = await Raw.AskAsync(tls, "HEAD /host1/config HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Contains("HTTP/1.1 404 ", next.Contains("HTTP/1.1", StringComparison.Ordinal) ? next : await Raw.ReadHeadAsync(tls), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_WhenARefusedUploadDoesNotEnd_IsResetAndCounted()
    {
        await using var repository = await StartAsync(1_000_000, o => o with { DrainTimeout = TimeSpan.FromSeconds(3) });
        var route = repository.OpenRoute();
        await using var tls = await repository.ConnectAsync(route, repository.Connector());
        var answer = await Raw.AskAsync(tls, $"POST /host1/data/{Blob.Random(1).Name} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\nbegin");
        Assert.StartsWith("HTTP/1.1 507 Quota exceeded", answer, StringComparison.Ordinal);
        Assert.True(await Raw.IsEndedAsync(tls));
        await Wait.ForAsync(() => repository.Metrics["connections.ended/not-drained"] == 1, "the reset is counted");
    }

    [Fact]
    public async Task Post_WhenTheClientWaitsFor100Continue_IsRefusedWithoutTheBody()
    {
        await using var repository = await StartAsync(1_000_000);
        var route = repository.OpenRoute();
        await using var tls = await repository.ConnectAsync(route, repository.Connector());
        var answer = await Raw.AskAsync(
            tls, $"POST /host1/data/{Blob.Random(1).Name} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\nExpect: 100-continue\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 507 Quota exceeded", answer, StringComparison.Ordinal);
        Assert.True(await Raw.IsEndedAsync(tls));
    }

    [Fact]
    public async Task Locks_WhenTheQuotaIsFullOrGone_AreWritableAndDeletable()
    {
        await using var repository = await StartAsync(8192);
        using var client = repository.RouteClient();
        foreach (var blob in new[] { Blob.Random(4096), Blob.Random(10) })
        {
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + blob.Name, blob.Body)).StatusCode);
        }

        await AssertLockWorksAsync(client);
        repository.SetQuota("acme", 100);
        await AssertLockWorksAsync(client);
        Assert.Equal(8192, repository.Ledger("acme").Used);

        // Reads go on as well.
        Assert.Contains("size", (await ListV2Async(client)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locks_WhenTheyAreTooLargeOrTooMany_AreRefusedInWords()
    {
        await using var repository = await StartAsync(1 << 20, o => o with { MaxLocksPerTenant = 3 });
        using var client = repository.RouteClient();
        var large = Blob.Random((64 * 1024) + 1);
        using var announced = await client.PostAsync("host1/locks/" + large.Name, large.Body);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, announced.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Post, "host1/locks/" + large.Name) { Content = large.Body };
        request.Headers.TransferEncodingChunked = true;
        using var streamed = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, streamed.StatusCode);
        Assert.Equal(0, repository.Ledger("acme").Locks);

        var locks = Enumerable.Range(0, 4).Select(_ => Blob.Random(300)).ToArray();
        var statuses = await Task.WhenAll(locks.Select(async l => (await client.PostAsync("host1/locks/" + l.Name, l.Body)).StatusCode));
        Assert.Equal(3, statuses.Count(status => status == HttpStatusCode.OK));
        Assert.Equal(1, statuses.Count(status => status == HttpStatusCode.InsufficientStorage));
        Assert.Equal(3, repository.Ledger("acme").Locks);
    }

    [Fact]
    public async Task Post_WhenTheTenantHasNoQuota_SaysSo()
    {
        await using var repository = await TestRepository.StartAsync();
        using var client = repository.RouteClient("other");
        using var create = await client.PostAsync("host1/?create=true", null);
        Assert.Equal(HttpStatusCode.InsufficientStorage, create.StatusCode);
        Assert.Contains("Tenant other has no quota", create.ReasonPhrase, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_WhenTheObjectIsThereAndTheQuotaIsFull_AnswersOk()
    {
        await using var repository = await StartAsync(100_000);
        using var client = repository.RouteClient();
        var blob = Blob.Random(100_000);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + blob.Name, blob.Body)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + blob.Name, blob.Body)).StatusCode);
        Assert.Equal((100_000L, 0L), (repository.Ledger("acme").Used, repository.Ledger("acme").Reserved));
    }

    [Fact]
    public async Task Create_WhenThereAreAsManyRepositoriesAsMayBe_SaysSo()
    {
        await using var repository = await StartAsync(1 << 20, o => o with { MaxRepositoriesPerTenant = 3 });
        using var client = repository.RouteClient();
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host2/?create=true", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host3/?create=true", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host3/?create=true", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("host4/?create=true", null)).StatusCode);
    }

    [Fact]
    public async Task Maintenance_WhenTheClientListsDataUnderTheOnlyLock_MayPassTheLimitForDataAndIndexOnly()
    {
        await using var repository = await StartAsync(8192);
        using var client = repository.RouteClient();
        using var stranger = repository.RouteClient();
        await client.PostAsync("host1/keys/" + Filler.Name, Filler.Body);
        var held = Blob.Random(200);
        await client.PostAsync("host1/locks/" + held.Name, held.Body);
        Assert.Equal(HttpStatusCode.InsufficientStorage, await PostAsync(client, "data"));

        await client.GetStringAsync("host1/data/");
        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, "data"));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, "index"));
        Assert.Equal(HttpStatusCode.InsufficientStorage, await PostAsync(client, "snapshots"));
        Assert.Equal(HttpStatusCode.InsufficientStorage, await PostAsync(client, "keys"));
        Assert.Equal(HttpStatusCode.InsufficientStorage, await PostAsync(stranger, "data"));

        await client.DeleteAsync("host1/locks/" + held.Name);
        Assert.Equal(HttpStatusCode.InsufficientStorage, await PostAsync(client, "data"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Maintenance_WhenThereIsNotExactlyOneLock_StaysClosed(int locks)
    {
        await using var repository = await StartAsync(8192);
        using var client = repository.RouteClient();
        await client.PostAsync("host1/keys/" + Filler.Name, Filler.Body);
        for (var i = 0; i < locks; i++)
        {
            var held = Blob.Random(200);
            await client.PostAsync("host1/locks/" + held.Name, held.Body);
        }

        await client.GetStringAsync("host1/data/");
        Assert.Equal(HttpStatusCode.InsufficientStorage, await PostAsync(client, "data"));
    }

    [Fact]
    public async Task Maintenance_WhenTheClientMayNotDelete_StaysClosed()
    {
        await using var repository = await StartAsync(8192);
        using var full = repository.RouteClient();
        await full.PostAsync("host1/keys/" + Filler.Name, Filler.Body);
        using var client = repository.RouteClient(rights: AccessRights.AppendOnly);
        var held = Blob.Random(200);
        await client.PostAsync("host1/locks/" + held.Name, held.Body);
        await client.GetStringAsync("host1/data/");
        Assert.Equal(HttpStatusCode.InsufficientStorage, await PostAsync(client, "data"));
    }

    [Fact]
    public void Window_WhenItsClientIsNotSeen_EndsAfterThirtyMinutes()
    {
        var time = new ManualTimeProvider();
        var windows = new MaintenanceWindows(time);
        windows.DataListed("acme", "/", "client", 1);
        time.Advance(TimeSpan.FromMinutes(29));
        windows.Touch("acme", "/", "client");
        time.Advance(TimeSpan.FromMinutes(29));
        Assert.True(windows.IsOpen("acme", "/", "client"));
        Assert.False(windows.IsOpen("acme", "/", "other"));
        Assert.False(windows.IsOpen("other", "/", "client"));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(windows.IsOpen("acme", "/", "client"));
    }

    private static readonly Blob Filler = Blob.Random(8192);

    private static async Task<HttpStatusCode> PostAsync(HttpClient client, string type)
    {
        var blob = Blob.Random(1000);
        using var answer = await client.PostAsync($"host1/{type}/{blob.Name}", blob.Body);
        return answer.StatusCode;
    }

    private static async Task AssertLockWorksAsync(HttpClient client)
    {
        var held = Blob.Random(200);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/locks/" + held.Name, held.Body)).StatusCode);
        Assert.Equal(held.Content, await client.GetByteArrayAsync("host1/locks/" + held.Name));
        Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync("host1/locks/" + held.Name)).StatusCode);
    }

    private static async Task<string> ListV2Async(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "host1/data/");
        request.Headers.Accept.ParseAdd("application/vnd.x.restic.rest.v2");
        using var answer = await client.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<TestRepository> StartAsync(long quota, Func<RepositoryOptions, RepositoryOptions>? options = null)
    {
        var repository = await TestRepository.StartAsync(options);
        repository.SetQuota("acme", quota);
        using var client = repository.RouteClient();
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/?create=true", null)).StatusCode);
        return repository;
    }
}
