using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Silo.Tests.Api;

/// <summary>Who was revoked is out on every path of the silo's APIs, live connections included; and what a gateway learnt by asking is closed as what it was told.</summary>
public sealed class StandingTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    [Fact]
    public async Task Tenant_WhenTheGatewayIsRevoked_EndsWhatCameThroughItAndNothingElse()
    {
        using var gateway = await world.EnrolGatewayAsync(world.NewId("gtw"));
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync());
        await using var through = await HandshakeAsync(gateway.Identity.Id, connector);
        await using var idle = await world.DialTenantAsync(gateway.Identity.Id);
        await using var other = await HandshakeAsync("gtw1", connector);

        await world.Grains.GetGrain<IGatewayGrain>(gateway.Identity.Id).RevokeAsync(SiloWorld.Deadline);

        await EndsAsync(through);
        await EndsAsync(idle);
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(other), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tenant_WhenTheGatewayEnrolsAgain_BelievesTheNewEnrolmentOnly()
    {
        using var old = await world.EnrolGatewayAsync(world.NewId("gtw"));
        var id = old.Identity.Id;
        var grain = world.Grains.GetGrain<IGatewayGrain>(id);
        await using var live = await HandshakeAsync(id, null);

        Assert.True(EnrolmentCode.TryParse((await grain.CreateCodeAsync(TimeSpan.FromHours(1), SiloWorld.Deadline)).Code, out var code));
        using var next = await world.EnrolAsync(code);

        await EndsAsync(live);
        await Assert.ThrowsAnyAsync<Exception>(() => HandshakeAsync(id, null));
        await using var now = await HandshakeAsync(id, null, enrolment: 2);
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(now), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_OfACertificateThatWasReplacedAMomentAgo_CarriesNoKeyOfTheNewEnrolment()
    {
        using var old = await world.EnrolGatewayAsync(world.NewId("gtw"));
        using var stolen = world.EdgeClient(old);
        await using (var before = new Events(stolen.StreamAsync(null, SiloWorld.Deadline)))
        {
            Assert.Equal(world.ProxyKey(old.Identity.Id), Key(await before.NextAsync(EdgeEventKinds.Snapshot)));
        }

        var secret = await world.Grains.GetGrain<IGatewayGrain>(old.Identity.Id).CreateCodeAsync(TimeSpan.FromHours(1), SiloWorld.Deadline);
        Assert.True(EnrolmentCode.TryParse(secret.Code, out var code));
        using var next = await world.EnrolAsync(code);

        // Within the 2 s for which the old certificate's standing is remembered.
        await using var after = new Events(stolen.StreamAsync(null, SiloWorld.Deadline));
        var refused = await Assert.ThrowsAsync<ProblemException>(async () => await after.NextAsync());
        Assert.Equal(ProblemCodes.Revoked, refused.Code);
        using var client = world.EdgeClient(next);
        await using var own = new Events(client.StreamAsync(null, SiloWorld.Deadline));
        Assert.Equal(world.ProxyKey(old.Identity.Id, enrolment: 2), Key(await own.NextAsync(EdgeEventKinds.Snapshot)));

        static byte[] Key(EdgeEvent snapshot) => snapshot.Read<GatewaySnapshot>().Targets.Single(target => target.Id == "tenant-api").ProxyKey;
    }

    [Fact]
    public async Task Repository_WhenAGatewayEnrolsAgain_IsToldTheNewKey()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var gateway = await world.EnrolGatewayAsync(world.NewId("gtw"));
        using var client = world.EdgeClient(repository);
        await using var events = new Events(client.StreamAsync(null, SiloWorld.Deadline));
        await events.NextAsync(EdgeEventKinds.Snapshot);
        var grain = world.Grains.GetGrain<IGatewayGrain>(gateway.Identity.Id);

        await grain.RevokeAsync(SiloWorld.Deadline);
        Assert.Equal(gateway.Identity.Id, (await events.NextAsync(EdgeEventKinds.GatewayRemoved)).Read<NameReference>().Id);
        Assert.True(EnrolmentCode.TryParse((await grain.CreateCodeAsync(TimeSpan.FromHours(1), SiloWorld.Deadline)).Code, out var code));
        using var next = await world.EnrolAsync(code);
        var told = (await events.NextAsync(EdgeEventKinds.GatewayChanged)).Read<GatewayKey>();

        Assert.Equal((gateway.Identity.Id, 2L), (told.Gateway, told.Enrolment));
        Assert.Equal(world.Authority.ProxyKey(new(gateway.Identity.Id, 2), new(repository.Identity.Id, 1)), told.ProxyKey);
    }

    [Fact]
    public async Task Gateway_WhenItLookedARouteUpItself_IsToldThatItClosed()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync(repository.Identity.Id));
        using var client = world.TenantHttp(connector);
        var ticket = await client.OkAsync<RunTicket>(
            HttpMethod.Post, TenantRoutes.Runs, new OpenRunRequest("nightly", JobKind.Backup, repository.Identity.Id, "desk", "restic backup", false, 5));

        // In no list yet, for it enrols only now.
        using var late = await world.EnrolGatewayAsync(world.NewId("gtw"));
        using var edge = world.EdgeClient(late);
        await using var events = new Events(edge.StreamAsync(null, SiloWorld.Deadline));
        Assert.Empty((await events.NextAsync(EdgeEventKinds.Snapshot)).Read<GatewaySnapshot>().Routes);
        Assert.NotNull(await edge.GetAsync<GatewayRoute>(EdgeRoutes.Routes + ticket.ServerName, SiloWorld.Deadline));
        Assert.NotNull(await edge.GetAsync<GatewayRoute>(EdgeRoutes.Routes + ticket.ServerName, SiloWorld.Deadline));
        Assert.Equal(ticket.ServerName, (await events.NextAsync(EdgeEventKinds.RouteOpened)).Read<GatewayRoute>().ServerName);

        await client.OkAsync<RunSummary>(HttpMethod.Post, TenantRoutes.Finish("nightly", ticket.Run), new FinishRequest(1, 1, false, false, null, []));

        var seen = new List<EdgeEvent>();
        Assert.Equal(ticket.ServerName, (await events.NextAsync(EdgeEventKinds.RouteClosed, seen)).Read<NameReference>().Id);
        Assert.DoesNotContain(seen, happened => happened.Kind == EdgeEventKinds.RouteOpened);
        Assert.Null(await edge.GetAsync<GatewayRoute>(EdgeRoutes.Routes + ticket.ServerName, SiloWorld.Deadline));
    }

    private async Task<SslStream> HandshakeAsync(string gateway, ProgramIdentity? identity, long enrolment = 1)
    {
        var tls = new SslStream(await world.DialTenantAsync(gateway, key: world.ProxyKey(gateway, enrolment)));
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "cc." + SiloWorld.Zone,
                EnabledSslProtocols = SslProtocols.Tls13,
                ClientCertificateContext = identity?.CertificateContext,
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            },
            SiloWorld.Deadline);
        return tls;
    }

    private static async Task<string> AskAsync(SslStream tls)
    {
        var request = $"GET {TenantRoutes.Authority} HTTP/1.1\r\nHost: cc.{SiloWorld.Zone}\r\nHeadgate-Version: {Protocol.ProtocolVersion.Current}\r\n\r\n";
        await tls.WriteAsync(System.Text.Encoding.ASCII.GetBytes(request), SiloWorld.Deadline);
        var buffer = new byte[4096];
        return System.Text.Encoding.ASCII.GetString(buffer, 0, await tls.ReadAsync(buffer, SiloWorld.Deadline));
    }

    private static async Task EndsAsync(Stream stream)
    {
        try
        {
            var buffer = new byte[256];
            while (await stream.ReadAsync(buffer, SiloWorld.Deadline) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset: ended as well. A wait in vain is another exception.
        }
    }
}
