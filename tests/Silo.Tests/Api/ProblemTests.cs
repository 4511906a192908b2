using System.Net;
using System.Text;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Silo.Tests.Api;

/// <summary>Every refusal is problem details, whoever makes it.</summary>
public sealed class ProblemTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("banana")]
    [InlineData("0.3")]
    [InlineData("1.1")]
    [InlineData("0.1.0")]
    public async Task Request_OfAVersionThatDoesNotWork_SaysBoth(string? version)
    {
        foreach (var client in new[] { world.EdgeHttp(null), world.TenantHttp(null) })
        {
            using (client)
            {
                client.DefaultRequestHeaders.Remove(ProtocolVersion.HeaderName);
                if (version is not null)
                {
                    client.DefaultRequestHeaders.TryAddWithoutValidation(ProtocolVersion.HeaderName, version);
                }

                var refused = await client.RefusedAsync(HttpMethod.Get, EdgeRoutes.Authority);

                Assert.Equal((426, ProblemCodes.VersionMismatch, false), (refused.Status, refused.Code, refused.Retry));
                Assert.Contains(ProtocolVersion.Current, refused.Detail, StringComparison.Ordinal);
                Assert.Contains(string.IsNullOrEmpty(version) ? ProtocolVersion.HeaderName : $"'{version}'", refused.Detail, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("0.0")]
    [InlineData("0.2")]
    public async Task Request_OneMinorVersionApart_IsServed(string version)
    {
        using var client = world.EdgeHttp(null);
        client.DefaultRequestHeaders.Remove(ProtocolVersion.HeaderName);
        client.DefaultRequestHeaders.Add(ProtocolVersion.HeaderName, version);

        Assert.NotEmpty(await client.GetStringAsync(EdgeRoutes.Authority));
    }

    [Fact]
    public async Task Request_ForTheOtherApi_FindsNothing()
    {
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync());
        using var edge = world.EdgeHttp(world.Gateway);
        using var tenant = world.TenantHttp(connector);
        foreach (var (client, method, path) in new[]
        {
            (edge, HttpMethod.Get, TenantRoutes.Status),
            (edge, HttpMethod.Post, TenantRoutes.Runs),
            (edge, HttpMethod.Get, "/v1/tenants"),
            (tenant, HttpMethod.Get, EdgeRoutes.Stream),
            (tenant, HttpMethod.Post, EdgeRoutes.GatewayHeartbeat),
            (tenant, HttpMethod.Get, EdgeRoutes.Grants + "x"),
            (tenant, HttpMethod.Get, "/v1/quotas"),
            (edge, HttpMethod.Get, "/"),
        })
        {
            var refused = await client.RefusedAsync(method, path);
            Assert.Equal((404, ProblemCodes.NotFound), (refused.Status, refused.Code));
            Assert.Contains(path, refused.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Request_WithTheWrongMethodOrBody_SaysWhatIsAllowed()
    {
        using var client = world.EdgeHttp(world.Gateway);

        var method = await client.RefusedAsync(HttpMethod.Delete, EdgeRoutes.GatewayHeartbeat);
        var type = await Answers.Problem(await client.PostAsync(EdgeRoutes.GatewayHeartbeat, new StringContent("a=b", Encoding.UTF8, "application/x-www-form-urlencoded")));
        var malformed = await Answers.Problem(await client.PostAsync(EdgeRoutes.GatewayHeartbeat, Json("{\"version\": \"1\", \"activeConnections\": [}")));
        var wrongType = await Answers.Problem(await client.PostAsync(EdgeRoutes.GatewayHeartbeat, Json("{\"version\": \"1\", \"activeConnections\": \"many\"}")));
        var empty = await Answers.Problem(await client.PostAsync(EdgeRoutes.GatewayHeartbeat, Json("")));
        var nothing = await Answers.Problem(await client.PostAsync(EdgeRoutes.GatewayHeartbeat, Json("null")));

        // The refusal comes before the body is read: whoever does not wait for leave to send may find the connection closed instead.
        using var tooLong = new HttpRequestMessage(HttpMethod.Post, EdgeRoutes.GatewayHeartbeat) { Content = Json("{\"version\": \"" + new string('x', 300_000) + "\"}") };
        tooLong.Headers.ExpectContinue = true;
        var large = await Answers.Problem(await client.SendAsync(tooLong));

        Assert.Equal(405, method.Status);
        Assert.Contains("POST", method.Detail, StringComparison.Ordinal);
        Assert.Equal(415, type.Status);
        Assert.Contains("application/json", type.Detail, StringComparison.Ordinal);
        Assert.Equal(400, malformed.Status);
        Assert.NotEmpty(malformed.Errors!);
        Assert.Equal(["activeConnections"], wrongType.Errors!.Keys);
        Assert.Equal((400, 400), (empty.Status, nothing.Status));
        Assert.Equal(413, large.Status);
        Assert.DoesNotContain("Headgate.", string.Concat(new[] { malformed, wrongType, empty, nothing }.Select(problem => problem.Detail)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Heartbeat_WithFieldsThatCannotBe_NamesEveryOne()
    {
        using var client = world.EdgeHttp(world.Gateway);

        var refused = await client.RefusedAsync(
            HttpMethod.Post, EdgeRoutes.GatewayHeartbeat, new GatewayHeartbeat("", -1, -2, -3, -4, -5, new Dictionary<string, long> { ["x"] = -6 }));

        Assert.Equal(
            ["acceptedConnections", "activeConnections", "bytesDown", "bytesUp", "epoch", "refused", "version"], refused.Errors!.Keys.Order());
        Assert.Contains("'-3'", refused.Errors["bytesUp"][0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithHeadersBeyondTheLimit_IsRefused()
    {
        using var client = world.EdgeHttp(null);
        using var request = new HttpRequestMessage(HttpMethod.Get, EdgeRoutes.Authority);
        request.Headers.Add("X-Long", new string('x', 20_000));

        using var response = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, response.StatusCode);
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
