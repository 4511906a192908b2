using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Headgate.EndToEnd.Tests.Attackers;

/// <summary>Somebody has an access key: a name and a secret that open one tenant's part of one repository from anywhere.</summary>
[Collection(ProviderCollection.Name)]
public sealed class AccessKeyTests(Provider provider)
{
    [Theory]
    [InlineData("--append-only", 200, 403)]
    [InlineData("--read-only", 403, 403)]
    [InlineData(null, 200, 200)]
    public async Task Thief_HasTheKeysRightsInItsTenantsRepositoryAndNoMore(string? level, int written, int deleted)
    {
        var key = await provider.AccessKeyAsync(provider.Acme, level is null ? [] : [level]);
        var folder = provider.Fresh("thief");
        var body = $"with {key.GetProperty("key").GetString()}";
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(body)));

        Security.RouteTests.AssertServed(await AskAsync(key, "GET", "/desk/config"), provider.AcmeSecret);
        Assert.Equal(written, (await AskAsync(key, "POST", $"/{folder}/?create=true")).Status);
        Assert.Equal(written, (await AskAsync(key, "POST", $"/{folder}/keys/{name}", body)).Status);
        Assert.Equal(deleted, (await AskAsync(key, "DELETE", $"/{folder}/keys/{name}")).Status);
        Assert.Equal(200, (await AskAsync(key, "POST", $"/desk/locks/{name}", body)).Status);
        Assert.Equal(200, (await AskAsync(key, "DELETE", $"/desk/locks/{name}")).Status);
        Assert.Equal(403, (await AskAsync(key, "POST", "/desk/config", "another")).Status);
        Security.RouteTests.AssertServed(await AskAsync(key, "GET", "/desk/config"), provider.AcmeSecret);
    }

    [Fact]
    public async Task Thief_OpensNothingOfAnotherTenant()
    {
        var mine = await provider.AccessKeyAsync(provider.Acme);
        var theirs = (await provider.AccessKeyAsync(provider.Beta)).GetProperty("accessName").GetString()!;
        foreach (var (name, host, target) in new[]
        {
            (theirs, theirs, "/desk/config"),
            (Own(mine), theirs, "/desk/config"),
            (theirs, Own(mine), "/desk/config"),
            (Own(mine), Own(mine), "/../beta/desk/config"),
            (Own(mine), Own(mine), "/%2e%2e/beta/desk/config"),
        })
        {
            var answer = await AskAsync(mine, "GET", target, name: name, host: host);
            Assert.True(answer.Status is 400 or 401 or 403 or 404 or 421, answer.ToString());
            Assert.DoesNotContain(provider.BetaSecret, answer.Text, StringComparison.Ordinal);
        }

        static string Own(JsonElement key) => key.GetProperty("accessName").GetString()!;
    }

    [Fact]
    public async Task Thief_IsOutOnceTheKeyIsRevoked()
    {
        var key = await provider.AccessKeyAsync(provider.Acme);
        Assert.Equal(200, (await AskAsync(key, "GET", "/desk/config")).Status);
        (await provider.World.AdminAsync("access-key", "revoke", "acme", key.GetProperty("key").GetString()!)).Succeeded();
        await Tool.UntilAsync(async () => (await AskAsync(key, "GET", "/desk/config")).Status == 401, "the key to open nothing", deadline: TimeSpan.FromSeconds(30));
    }

    private Task<Answer> AskAsync(JsonElement key, string method, string target, string body = "", string? name = null, string? host = null)
    {
        name ??= key.GetProperty("accessName").GetString()!;
        return TlsConnection.AskAsync(
            provider.GatewayAddress, World.PublicPort, name,
            Provider.Request(method, target, host ?? name, $"{Provider.Basic(key)}Content-Length: {body.Length}\r\n") + body);
    }
}
