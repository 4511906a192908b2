using System.Net;
using Headgate.Protocol.Edge;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>What each right allows, on routes and on access keys.</summary>
public sealed class RightsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AppendOnly_WhenSomethingIsDeletedOrChanged_AllowsLocksOnly(bool agentless)
    {
        await using var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", 1 << 30);
        using var client = Client(repository, agentless, AccessRights.AppendOnly);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("?create=true", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("config", Blob.Random(100).Body)).StatusCode);
        foreach (var type in (string[])["data", "keys", "snapshots", "index"])
        {
            var blob = Blob.Random(100);
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync($"{type}/{blob.Name}", blob.Body)).StatusCode);
            using var refused = await client.DeleteAsync($"{type}/{blob.Name}");
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains("may only add", refused.ReasonPhrase, StringComparison.Ordinal);
            Assert.Equal(blob.Content, await client.GetByteArrayAsync($"{type}/{blob.Name}"));
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await client.DeleteAsync("config")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("config", Blob.Random(100).Body)).StatusCode);
        var held = Blob.Random(100);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("locks/" + held.Name, held.Body)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync("locks/" + held.Name)).StatusCode);
        await repository.Metrics.UntilAsync("requests.refused/append-only", 5);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadOnly_WhenSomethingIsWrittenOrDeleted_AllowsLocksOnly(bool agentless)
    {
        await using var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", 1 << 30);
        var blob = Blob.Random(100);
        using (var full = repository.RouteClient())
        {
            await full.PostAsync("?create=true", null);
            await full.PostAsync("data/" + blob.Name, blob.Body);
        }

        using var client = Client(repository, agentless, AccessRights.ReadOnly);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("other/?create=true", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("config", Blob.Random(100).Body)).StatusCode);
        foreach (var type in (string[])["data", "keys", "snapshots", "index"])
        {
            var other = Blob.Random(100);
            using var refused = await client.PostAsync($"{type}/{other.Name}", other.Body);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains("may only read", refused.ReasonPhrase, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await client.DeleteAsync("data/" + blob.Name)).StatusCode);
        Assert.Equal(blob.Content, await client.GetByteArrayAsync("data/" + blob.Name));
        var held = Blob.Random(100);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("locks/" + held.Name, held.Body)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.DeleteAsync("locks/" + held.Name)).StatusCode);
    }

    private static HttpClient Client(TestRepository repository, bool agentless, AccessRights rights) => agentless
        ? repository.AccessClient(repository.OpenAccess("acme", rights))
        : repository.RouteClient(rights: rights);
}
