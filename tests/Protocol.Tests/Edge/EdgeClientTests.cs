using System.Security.Cryptography;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Headgate.Protocol.Tests.Edge;

public sealed class EdgeClientTests
{
    private readonly TestAuthority _authority = new();

    [Fact]
    public async Task StreamAsync_WhenTheSiloSends_YieldsEventsInOrder()
    {
        string? asked = null, version = null;
        await using var host = await SiloAsync(app => app.MapGet(EdgeRoutes.Stream, async (HttpContext http) =>
        {
            asked = http.Request.Headers["Last-Event-ID"];
            version = http.Request.Headers[ProtocolVersion.HeaderName];
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync(": hello\n\nid: 8\nevent: route-closed\ndata: {\"id\":\"r-x\"}\n\nid: 9\nevent: later-kind\ndata: 1\ndata: 2\n\n");
        }));
        using var client = Client(host.Port);
        var events = new List<EdgeEvent>();
        await foreach (var item in client.StreamAsync(7, TestContext.Current.CancellationToken))
        {
            events.Add(item);
        }

        Assert.Equal("7", asked);
        Assert.Equal(ProtocolVersion.Current, version);
        Assert.Equal([EdgeEvent.Heard, new EdgeEvent(8, EdgeEventKinds.RouteClosed, "{\"id\":\"r-x\"}"), new EdgeEvent(9, "later-kind", "1\n2")], events);
        Assert.Equal("r-x", events[1].Read<NameReference>().Id);
    }

    [Fact]
    public async Task GetAsync_WhenThereIsNone_IsNull_AndPostAsyncCarriesRefusals()
    {
        await using var host = await SiloAsync(app => app.MapPost(EdgeRoutes.Snapshots, () => Results.Problem("Not yours.", statusCode: 403)));
        using var client = Client(host.Port);
        Assert.Null(await client.GetAsync<GatewayRoute>(EdgeRoutes.Routes + "x", TestContext.Current.CancellationToken));
        var report = new SnapshotReport("r-x", null, "/h/", new string('a', 64), DateTimeOffset.UnixEpoch);
        var fault = await Assert.ThrowsAsync<ProblemException>(() => client.PostAsync(EdgeRoutes.Snapshots, report, TestContext.Current.CancellationToken));
        Assert.Equal("Not yours.", fault.Message);
    }

    [Fact]
    public async Task PostAsync_WhenTheServerIsNoSilo_IsUnreachable()
    {
        var leaf = _authority.Issue(ECDsa.Create(), ["urn:headgate:repository:repo1"], ["edge.example.com"]);
        await using var host = await ApiHost.StartAsync(leaf, _authority.Issuing, app => app.MapPost(EdgeRoutes.Snapshots, () => "taken"));
        using var client = Client(host.Port);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync<GatewayRoute>(EdgeRoutes.Routes + "x", TestContext.Current.CancellationToken));
    }

    private Task<ApiHost> SiloAsync(Action<WebApplication> map) =>
        ApiHost.StartAsync(_authority.Issue(ECDsa.Create(), ["urn:headgate:silo:s1"], ["edge.example.com"]), _authority.Issuing, map);

    private EdgeClient Client(int port)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = _authority.Issue(key, ["urn:headgate:gateway:gtw1"], []);
        return new EdgeClient(
            new ProgramIdentity(
                key.ExportPkcs8PrivateKeyPem(),
                leaf.ExportCertificatePem() + "\n" + _authority.Issuing.ExportCertificatePem(),
                _authority.Root.ExportCertificatePem(),
                "example.com",
                "127.0.0.1",
                port),
            TimeProvider.System);
    }
}
