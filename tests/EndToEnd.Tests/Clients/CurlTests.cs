using System.Text;
using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Clients;

/// <summary>curl, with the SP's root certificate, against agentless access through a gateway.</summary>
[Collection(ProviderCollection.Name)]
public sealed class CurlTests(Provider provider)
{
    [Fact]
    public async Task Curl_WithTheRightKey_IsServed()
    {
        var key = await provider.AccessKeyAsync(provider.Acme);
        var answer = await CurlAsync(NameOf(key), KeyOf(key));
        Assert.Equal(200, answer.Status);
        Assert.Equal(provider.AcmeSecret, answer.Body);
    }

    [Fact]
    public async Task Curl_WithAWrongKeyOrAnUnknownName_GetsTheSame401()
    {
        var key = await provider.AccessKeyAsync(provider.Acme);
        var wrongSecret = await CurlAsync(NameOf(key), key.GetProperty("key").GetString() + ":wrong");
        var wrongKey = await CurlAsync(NameOf(key), "nobody:" + key.GetProperty("secret").GetString());
        var noKey = await CurlAsync(NameOf(key), null);
        var unknown = await CurlAsync("a-aaaaaaaaaaaaaaaaaaaaaaaaaa.access.demo.test", KeyOf(key));
        Assert.Equal(401, wrongSecret.Status);
        Assert.Equal(wrongSecret.Head, wrongKey.Head);
        Assert.Equal(wrongSecret.Head, noKey.Head);
        Assert.Equal(wrongSecret.Head, unknown.Head);
        Assert.Equal(wrongSecret.Body, unknown.Body);
    }

    [Fact]
    public async Task Curl_WithAKeyOfAnotherTenant_IsToldNoMoreThanWithAWrongOne()
    {
        var mine = await provider.AccessKeyAsync(provider.Acme);
        var theirs = await provider.AccessKeyAsync(provider.Beta);
        var answer = await CurlAsync(NameOf(theirs), KeyOf(mine));
        Assert.Equal(401, answer.Status);
        Assert.Equal((await CurlAsync(NameOf(theirs), "nobody:nothing")).Head, answer.Head);
        Assert.Equal(provider.BetaSecret, (await CurlAsync(NameOf(theirs), KeyOf(theirs))).Body);
    }

    [Fact]
    public async Task Curl_WithAHostOtherThanTheServerName_Gets421()
    {
        var mine = await provider.Acme.AccessKeyAsync();
        var theirs = await provider.Beta.AccessKeyAsync();
        Assert.Equal(421, (await CurlAsync(NameOf(mine), KeyOf(mine), "-H", "Host: other.access.demo.test")).Status);
        Assert.Equal(421, (await CurlAsync(NameOf(mine), KeyOf(mine), "-H", "Host: " + NameOf(theirs))).Status);
        Assert.Equal(421, (await CurlAsync(NameOf(mine), KeyOf(theirs), "-H", "Host: " + NameOf(theirs))).Status);
    }

    [Fact]
    public async Task Curl_WithAKeyThatOnlyReadsOrAdds_CannotDoMore()
    {
        var reading = await provider.AccessKeyAsync(provider.Acme, "--read-only");
        Assert.Equal(200, (await CurlAsync(NameOf(reading), KeyOf(reading))).Status);
        Assert.Equal(403, (await CurlAsync(NameOf(reading), KeyOf(reading), "--data-binary", "x")).Status);
        Assert.Equal(403, (await CurlAsync(NameOf(reading), KeyOf(reading), "--request", "DELETE")).Status);
        var adding = await provider.AccessKeyAsync(provider.Acme, "--append-only");
        Assert.Equal(403, (await CurlAsync(NameOf(adding), KeyOf(adding), "--data-binary", "x")).Status);
        Assert.Equal(403, (await CurlAsync(NameOf(adding), KeyOf(adding), "--request", "DELETE")).Status);
        Assert.Equal(provider.AcmeSecret, (await CurlAsync(NameOf(adding), KeyOf(adding))).Body);
    }

    [Fact]
    public async Task Curl_WithARevokedKey_Gets401()
    {
        var key = await provider.AccessKeyAsync(provider.Acme);
        Assert.Equal(200, (await CurlAsync(NameOf(key), KeyOf(key))).Status);
        (await provider.World.AdminAsync("access-key", "revoke", "acme", key.GetProperty("key").GetString()!)).Succeeded();
        await Tool.UntilAsync(async () => (await CurlAsync(NameOf(key), KeyOf(key))).Status == 401, "the key to be gone", deadline: TimeSpan.FromSeconds(30));
    }

    private static string NameOf(JsonElement key) => key.GetProperty("accessName").GetString()!;

    private static string KeyOf(JsonElement key) => $"{key.GetProperty("key").GetString()}:{key.GetProperty("secret").GetString()}";

    private async Task<Answer> CurlAsync(string name, string? user, params string[] more)
    {
        string[] credentials = user is null ? [] : ["--user", user];
        var body = Path.Combine(provider.World.Folder, provider.Fresh("body"));
        var head = (await Tool.RunAsync("curl", [
            "--silent", "--show-error", "--raw", "--max-time", "60", "--cacert", provider.AuthorityFile, "--dump-header", "-", "--output", body,
            "--resolve", $"{name}:{World.PublicPort}:{provider.GatewayAddress}", .. credentials, .. more,
            $"https://{name}:{World.PublicPort}/desk/config"])).Succeeded().Output;
        return new Answer(head + (File.Exists(body) ? Encoding.Latin1.GetString(await File.ReadAllBytesAsync(body)) : ""), null);
    }
}
