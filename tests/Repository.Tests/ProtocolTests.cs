using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>restic's REST backend protocol, by the book, over real TLS.</summary>
public sealed class ProtocolTests
{
    private static readonly string[] s_types = ["data", "keys", "locks", "snapshots", "index"];

    [Theory]
    [InlineData("")]
    [InlineData("host1/")]
    [InlineData("host1/disk.2/")]
    public async Task Everything_WhenAskedInOrder_AnswersAsTheProtocolSays(string path)
    {
        await using var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", 1 << 30);
        using var client = repository.RouteClient();

        Assert.Equal(HttpStatusCode.NotFound, (await client.SendAsync(new(HttpMethod.Head, path + "config"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(path + "?create=true", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(path + "?create=true", null)).StatusCode);
        var config = Blob.Random(155);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(path + "config", config.Body)).StatusCode);
        Assert.Equal(config.Content, await client.GetByteArrayAsync(path + "config"));
        var head = await client.SendAsync(new(HttpMethod.Head, path + "config"));
        Assert.Equal(155, head.Content.Headers.ContentLength);

        foreach (var type in s_types)
        {
            Assert.Equal("[]", await client.GetStringAsync($"{path}{type}/"));
            var blobs = Enumerable.Range(1, 3).Select(i => Blob.Random(i * 1000)).ToArray();
            foreach (var blob in blobs)
            {
                var url = $"{path}{type}/{blob.Name}";
                Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(url)).StatusCode);
                Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(url, blob.Body)).StatusCode);
                Assert.Equal(blob.Content, await client.GetByteArrayAsync(url));
                Assert.Equal(blob.Content.Length, (await client.SendAsync(new(HttpMethod.Head, url))).Content.Headers.ContentLength);
            }

            using var v1 = await client.GetAsync($"{path}{type}/");
            Assert.Equal("application/vnd.x.restic.rest.v1", v1.Content.Headers.ContentType!.MediaType);
            Assert.Equal(
                blobs.Select(b => b.Name).Order(), JsonSerializer.Deserialize<string[]>(await v1.Content.ReadAsStringAsync())!.Order());

            using var request = new HttpRequestMessage(HttpMethod.Get, $"{path}{type}/");
            request.Headers.Accept.ParseAdd("application/vnd.x.restic.rest.v2");
            using var v2 = await client.SendAsync(request);
            Assert.Equal("application/vnd.x.restic.rest.v2", v2.Content.Headers.ContentType!.MediaType);
            var listed = JsonDocument.Parse(await v2.Content.ReadAsStringAsync()).RootElement.EnumerateArray()
                .Select(e => (e.GetProperty("name").GetString(), e.GetProperty("size").GetInt32())).Order();
            Assert.Equal(blobs.Select(b => ((string?)b.Name, b.Content.Length)).Order(), listed);

            Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync($"{path}{type}/{blobs[0].Name}")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync($"{path}{type}/{blobs[0].Name}")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"{path}{type}/{blobs[0].Name}")).StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync(path + "config")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(path + "config")).StatusCode);
        Assert.Empty(repository.TemporaryFiles());
    }

    [Theory]
    [InlineData("bytes=0-99", 206, 0, 100)]
    [InlineData("bytes=0-", 206, 0, 1000)]
    [InlineData("bytes=990-2000", 206, 990, 10)]
    [InlineData("bytes=-10", 206, 990, 10)]
    [InlineData("bytes=-5000", 206, 0, 1000)]
    [InlineData("bytes=999-999", 206, 999, 1)]
    [InlineData("bytes=1000-", 416, 0, 0)]
    [InlineData("bytes=1000-1001", 416, 0, 0)]
    [InlineData("bytes=-0", 416, 0, 0)]
    [InlineData("bytes=5-4", 200, 0, 1000)]
    [InlineData("bytes=0-1,5-6", 200, 0, 1000)]
    [InlineData("lines=1-2", 200, 0, 1000)]
    [InlineData("nonsense", 200, 0, 1000)]
    public async Task Get_WhenARangeIsAsked_AnswersThatRange(string range, int status, int from, int count)
    {
        await using var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", 1 << 30);
        using var client = repository.RouteClient();
        await client.PostAsync("?create=true", null);
        var blob = Blob.Random(1000);
        await client.PostAsync("data/" + blob.Name, blob.Body);

        using var request = new HttpRequestMessage(HttpMethod.Get, "data/" + blob.Name);
        request.Headers.TryAddWithoutValidation("Range", range);
        using var answer = await client.SendAsync(request);

        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 416)
        {
            Assert.Equal(new ContentRangeHeaderValue(1000), answer.Content.Headers.ContentRange);
            return;
        }

        Assert.Equal(blob.Content[from..(from + count)], await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(status == 206 ? new ContentRangeHeaderValue(from, from + count - 1, 1000) : null, answer.Content.Headers.ContentRange);
    }

    [Fact]
    public async Task Get_WhenTheObjectIsEmpty_AnswersAnyRangeWithTheWhole()
    {
        await using var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", 1 << 30);
        using var client = repository.RouteClient();
        await client.PostAsync("?create=true", null);
        var blob = Blob.Random(0);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("data/" + blob.Name, blob.Body)).StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "data/" + blob.Name);
        request.Headers.TryAddWithoutValidation("Range", "bytes=0-");
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(4096, repository.Ledger("acme").Used);
    }

    [Theory]
    [InlineData("HEAD", "", 405, "GET, POST")]
    [InlineData("DELETE", "", 405, "GET, POST")]
    [InlineData("GET", "host1/", 405, "POST")]
    [InlineData("DELETE", "host1/", 405, "POST")]
    [InlineData("PUT", "config", 405, "GET, HEAD, POST, DELETE")]
    [InlineData("POST", "data/", 405, "GET")]
    [InlineData("HEAD", "data/", 405, "GET")]
    [InlineData("DELETE", "snapshots/", 405, "GET")]
    [InlineData("POST", "host1/", 400, null)]
    [InlineData("GET", "host1/blobs/", 405, "POST")]
    [InlineData("GET", "host1/blobs", 404, null)]
    [InlineData("GET", "data", 404, null)]
    [InlineData("GET", "config/", 400, null)]
    [InlineData("GET", "a/b/c/config", 400, null)]
    [InlineData("GET", "data/abc", 400, null)]
    [InlineData("GET", "other/config", 404, null)]
    [InlineData("GET", "other/data/", 404, null)]
    public async Task Request_WhenItIsNotOfTheProtocol_IsRefusedInWords(string method, string path, int status, string? allow)
    {
        await using var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", 1 << 30);
        using var client = repository.RouteClient();
        await client.PostAsync("?create=true", null);

        using var answer = await client.SendAsync(new(new HttpMethod(method), path));

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(allow, answer.Content.Headers.Allow.Count > 0 ? string.Join(", ", answer.Content.Headers.Allow) : null);
        Assert.True(answer.ReasonPhrase!.Length > 20, answer.ReasonPhrase);
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Fact]
    public async Task List_OfResticRepositories_NamesTheTenantsOwnWithTheirLastSnapshots()
    {
        await using var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", 1 << 30);
        using var client = repository.RouteClient();
        Assert.Equal("""{"repositories":[]}""", await client.GetStringAsync(""));

        foreach (var path in (string[])["", "host1/", "branch/till/"])
        {
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync(path + "?create=true", null)).StatusCode);
        }

        var (first, last) = (Blob.Random(100), Blob.Random(100));
        await client.PostAsync("host1/snapshots/" + first.Name, first.Body);
        await client.PostAsync("host1/snapshots/" + last.Name, last.Body);
        var folder = Path.Combine(repository.Storage, "tenants", "acme", "host1", "snapshots");
        File.SetLastWriteTimeUtc(Path.Combine(folder, first.Name), DateTime.UtcNow.AddDays(-1));
        File.WriteAllText(Path.Combine(folder, "note"), "no snapshot");
        Directory.CreateDirectory(Path.Combine(repository.Storage, "tenants", "other", "secret", "locks"));
        Directory.CreateDirectory(Path.Combine(repository.Storage, "tenants", "acme", "no-repository"));

        var listed = JsonDocument.Parse(await client.GetStringAsync("")).RootElement.GetProperty("repositories").EnumerateArray().ToArray();
        Assert.Equal(["/", "/branch/till/", "/host1/"], listed.Select(found => found.GetProperty("path").GetString()));
        Assert.Equal([0, 0, 2], listed.Select(found => found.GetProperty("snapshots").GetInt32()));
        Assert.Equal(last.Name, listed[2].GetProperty("lastSnapshot").GetString());
        Assert.Equal(File.GetLastWriteTimeUtc(Path.Combine(folder, last.Name)), listed[2].GetProperty("lastStored").GetDateTime().ToUniversalTime());
    }

    [Fact]
    public async Task Post_WhenThereIsNoRepository_SaysToCreateOne()
    {
        await using var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", 1 << 30);
        using var client = repository.RouteClient();
        var blob = Blob.Random(10);
        using var answer = await client.PostAsync("host1/data/" + blob.Name, blob.Body);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("restic init", answer.ReasonPhrase, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(repository.Storage, "tenants")));
    }
}
