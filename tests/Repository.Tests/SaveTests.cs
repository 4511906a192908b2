using System.Net;
using System.Text;
using Headgate.Protocol.Edge;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>Uploads: what is kept, what is refused, and that nothing else stays behind.</summary>
public sealed class SaveTests
{
    [Theory]
    [InlineData("data")]
    [InlineData("keys")]
    [InlineData("locks")]
    [InlineData("snapshots")]
    [InlineData("index")]
    public async Task Post_WhenTheContentDoesNotHashToTheName_KeepsNothing(string type)
    {
        await using var repository = await StartAsync();
        using var client = repository.RouteClient();
        var name = Blob.Random(100).Name;

        using var answer = await client.PostAsync($"host1/{type}/{name}", Blob.Random(100_000 % 60_000).Body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("does not hash", answer.ReasonPhrase, StringComparison.Ordinal);
        await AssertNothingKeptAsync(repository);
        await repository.Metrics.UntilAsync("requests.refused/wrong-hash", 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_WhenTheBodyBreaksOff_KeepsNothing(bool chunked)
    {
        await using var repository = await StartAsync();
        var route = repository.OpenRoute();
        var blob = Blob.Random(1_000_000);
        var framing = chunked ? "Transfer-Encoding: chunked\r\n\r\n80000\r\n" : "Content-Length: 1000000\r\n\r\n";
        await using (var tls = await repository.ConnectAsync(route, repository.Connector()))
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes($"POST /host1/data/{blob.Name} HTTP/1.1\r\nHost: x\r\n{framing}"));
            await tls.WriteAsync(blob.Content.AsMemory(0, 400_000));
            await tls.FlushAsync();
            await Wait.ForAsync(() => repository.TemporaryFiles().Any(), "the upload under way has a temporary file");
            Assert.True(repository.Ledger("acme").Reserved > 0);
        }

        await Wait.ForAsync(() => repository.Metrics["uploads.broken"] == 1, "the broken upload is counted");
        await AssertNothingKeptAsync(repository);
    }

    [Fact]
    public async Task Post_WhenTheBodyIsShorterThanAnnouncedAndTheSideIsShut_IsRefusedInWords()
    {
        await using var repository = await StartAsync();
        var route = repository.OpenRoute();
        await using var tls = await repository.ConnectAsync(route, repository.Connector());
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"POST /host1/data/{Blob.Random(1).Name} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nfour"));
        await tls.ShutdownAsync();

        var answer = await Raw.ReadHeadAsync(tls);

        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal), answer);
        await Wait.ForAsync(() => repository.Metrics["uploads.broken"] == 1, "the short upload is counted");
        await AssertNothingKeptAsync(repository);
    }

    [Fact]
    public async Task Post_WhenNoLengthIsAnnounced_StoresAndCounts()
    {
        await using var repository = await StartAsync();
        using var client = repository.RouteClient();
        var blob = Blob.Random(3_000_000);
        using var request = new HttpRequestMessage(HttpMethod.Post, "host1/data/" + blob.Name) { Content = blob.Body };
        request.Headers.TransferEncodingChunked = true;

        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(blob.Content, await client.GetByteArrayAsync("host1/data/" + blob.Name));
        Assert.Equal((3_000_000L, 0L), (repository.Ledger("acme").Used, repository.Ledger("acme").Reserved));
    }

    [Fact]
    public async Task Post_WhenTheSameBytesAreThere_AnswersOkAndCountsOnce()
    {
        await using var repository = await StartAsync();
        using var client = repository.RouteClient(rights: AccessRights.AppendOnly);
        var blob = Blob.Random(50_000);
        var url = "host1/data/" + blob.Name;
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(url, blob.Body)).StatusCode);
        var file = Directory.EnumerateFiles(repository.Storage, blob.Name, SearchOption.AllDirectories).Single();
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);

        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(url, blob.Body)).StatusCode);

        Assert.True(File.GetLastWriteTimeUtc(file) > DateTime.UnixEpoch.AddYears(1), "the commit time is renewed");
        Assert.Equal((50_000L, 0L), (repository.Ledger("acme").Used, repository.Ledger("acme").Reserved));
        Assert.Empty(repository.TemporaryFiles());
    }

    [Fact]
    public async Task Post_WhenTheSameObjectComesOnManyConnectionsAtOnce_CountsOnce()
    {
        await using var repository = await StartAsync();
        using var client = repository.RouteClient();
        var blob = Blob.Random(200_000);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => client.PostAsync("host1/data/" + blob.Name, blob.Body)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal((200_000L, 0L), (repository.Ledger("acme").Used, repository.Ledger("acme").Reserved));
        Assert.Empty(repository.TemporaryFiles());
    }

    [Theory]
    [InlineData(50_000)]
    [InlineData(40_000)]
    public async Task Post_WhenOtherBytesAreThere_IsForbidden(int size)
    {
        await using var repository = await StartAsync();
        using var client = repository.RouteClient();
        var blob = Blob.Random(50_000);
        await client.PostAsync("host1/data/" + blob.Name, blob.Body);

        using var answer = await client.PostAsync("host1/data/" + blob.Name, Blob.Random(size).Body);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(blob.Content, await client.GetByteArrayAsync("host1/data/" + blob.Name));
        Assert.Equal(50_000, repository.Ledger("acme").Used);
    }

    [Theory]
    [InlineData(155)]
    [InlineData(200)]
    public async Task Post_WhenThereIsAnotherConfig_IsForbidden(int size)
    {
        await using var repository = await StartAsync();
        using var client = repository.RouteClient();
        var config = Blob.Random(155);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/config", config.Body)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/config", config.Body)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("host1/config", Blob.Random(size).Body)).StatusCode);
        Assert.Equal(config.Content, await client.GetByteArrayAsync("host1/config"));
        Assert.Equal(4096, repository.Ledger("acme").Used);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_WhenTheStoredCopyIsDamaged_PutsItAsideAndStoresTheNextOne(bool sameSize)
    {
        await using var repository = await StartAsync();
        using var client = repository.RouteClient();
        var blob = Blob.Random(50_000);
        var url = "host1/data/" + blob.Name;
        await client.PostAsync(url, blob.Body);
        var file = Directory.EnumerateFiles(repository.Storage, blob.Name, SearchOption.AllDirectories).Single();
        await File.WriteAllBytesAsync(file, Blob.Random(sameSize ? 50_000 : 10).Content);

        using var answer = await client.PostAsync(url, blob.Body);
        Assert.Equal(sameSize ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(url, blob.Body)).StatusCode);

        Assert.Equal(blob.Content, await client.GetByteArrayAsync(url));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(repository.Storage, "damaged")));
        await repository.Metrics.UntilAsync("objects.damaged", 1);
        Assert.Equal(sameSize ? 50_000 : 50_000 + 50_000 - 4096, repository.Ledger("acme").Used);
    }

    [Fact]
    public async Task Delete_WhenAnotherConnectionStoredTheObjectSince_IsAConflict()
    {
        await using var repository = await StartAsync();
        var route = repository.OpenRoute();
        var blob = Blob.Random(5000);
        var url = "host1/data/" + blob.Name;
        using var early = repository.Client(route, repository.Connector(), maxConnections: 1);
        await early.GetStringAsync("host1/data/");
        using (var first = repository.Client(route, repository.Connector()))
        {
            Assert.Equal(HttpStatusCode.OK, (await first.PostAsync(url, blob.Body)).StatusCode);
        }

        // The answer above was lost, restic's DELETE is held up on an old connection, the object is posted again elsewhere, then the DELETE arrives.
        using var again = repository.Client(route, repository.Connector(), maxConnections: 1);
        Assert.Equal(HttpStatusCode.OK, (await again.PostAsync(url, blob.Body)).StatusCode);
        using var late = await early.DeleteAsync(url);

        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        Assert.Equal(blob.Content, await again.GetByteArrayAsync(url));
        Assert.Equal(5000, repository.Ledger("acme").Used);
        Assert.Equal(HttpStatusCode.OK, (await again.DeleteAsync(url)).StatusCode);
        Assert.Equal(0, repository.Ledger("acme").Used);
    }

    [Fact]
    public async Task Delete_WhenTheObjectIsOlderThanTheConnection_Deletes()
    {
        await using var repository = await StartAsync();
        var route = repository.OpenRoute();
        var blob = Blob.Random(5000);
        using (var first = repository.Client(route, repository.Connector()))
        {
            await first.PostAsync("host1/data/" + blob.Name, blob.Body);
        }

        using var second = repository.Client(route, repository.Connector());
        Assert.Equal(HttpStatusCode.OK, (await second.DeleteAsync("host1/data/" + blob.Name)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await second.GetAsync("host1/data/" + blob.Name)).StatusCode);
    }

    [Fact]
    public async Task Delete_WhenItIsALockStoredByAnotherConnectionSince_Deletes()
    {
        await using var repository = await StartAsync();
        var route = repository.OpenRoute();
        using var early = repository.Client(route, repository.Connector(), maxConnections: 1);
        await early.GetStringAsync("host1/locks/");
        using var other = repository.Client(route, repository.Connector());
        var blob = Blob.Random(200);
        await other.PostAsync("host1/locks/" + blob.Name, blob.Body);
        Assert.Equal(HttpStatusCode.OK, (await early.DeleteAsync("host1/locks/" + blob.Name)).StatusCode);
        Assert.Equal(0, repository.Ledger("acme").Locks);
    }

    [Fact]
    public async Task Start_WhenUploadsWereUnderWay_SweepsThemAndRecounts()
    {
        await using var repository = await StartAsync();
        using (var client = repository.RouteClient())
        {
            var blob = Blob.Random(50_000);
            await client.PostAsync("host1/data/" + blob.Name, blob.Body);
            await client.PostAsync("host1/config", Blob.Random(155).Body);
            var held = Blob.Random(100);
            await client.PostAsync("host1/locks/" + held.Name, held.Body);
        }

        await File.WriteAllTextAsync(Path.Combine(repository.Storage, "tmp", "left"), "behind");
        await repository.RestartAsync();

        Assert.Empty(repository.TemporaryFiles());
        Assert.Equal((54_096L, 0L, 1), (repository.Ledger("acme").Used, repository.Ledger("acme").Reserved, repository.Ledger("acme").Locks));
    }

    [Fact]
    public async Task Start_WhenAnotherProcessHasTheStorage_IsRefusedInWords()
    {
        await using var repository = await StartAsync();
        using var identity = repository.Authority.Issue(Protocol.Naming.CertificateRole.Repository, "repo1");
        var fault = Assert.Throws<IOException>(() => RepositoryApplication.Build(
            new RepositoryOptions { DataDirectory = repository.Folder["data"], StorageDirectory = repository.Storage },
            identity, TimeProvider.System, null, CancellationToken.None));
        Assert.Contains("does another headgate-repository use it?", fault.Message, StringComparison.Ordinal);
    }

    private static async Task<TestRepository> StartAsync()
    {
        var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", 1 << 30);
        using var client = repository.RouteClient();
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/?create=true", null)).StatusCode);
        return repository;
    }

    private static async Task AssertNothingKeptAsync(TestRepository repository)
    {
        await Wait.ForAsync(() => !repository.TemporaryFiles().Any(), "no temporary file is left");
        await Wait.ForAsync(() => repository.Ledger("acme") is { Used: 0, Reserved: 0, Locks: 0 }, "nothing is counted or reserved");
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(repository.Storage, "tenants"), "*", SearchOption.AllDirectories));
    }
}
