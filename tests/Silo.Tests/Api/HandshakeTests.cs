using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Proxy;
using Headgate.Protocol.Tenant;
using Headgate.Silo.Certificates;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage.Rows;
using Headgate.Silo.Tests.Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Headgate.Silo.Tests.Api;

/// <summary>Who gets as far as a request, and with which certificate a request is served.</summary>
public sealed class HandshakeTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    [Fact]
    public async Task Edge_WithOpenSsl_SpeaksTls13Only()
    {
        var address = world.Edge.ToString();
        var old = await AuthorityWorld.OpenSslAsync("s_client", "-connect", address, "-tls1_2");
        var now = await AuthorityWorld.OpenSslAsync("s_client", "-connect", address, "-tls1_3", "-servername", "edge.demo.test", "-alpn", "h2,http/1.1");

        Assert.DoesNotContain("Cipher is TLS", old.Output, StringComparison.Ordinal);
        Assert.Contains("Cipher is (NONE)", old.Output, StringComparison.Ordinal);
        Assert.Contains("TLSv1.3, Cipher is TLS_", now.Output, StringComparison.Ordinal);
        Assert.Contains("ALPN protocol: h2", now.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edge_WhenAClientTriesToResume_IsDoneInFull()
    {
        using var folder = new TemporaryFolder();
        var session = folder["session"];

        foreach (var option in (string[])["-sess_out", "-sess_in"])
        {
            var (_, output) = await AuthorityWorld.OpenSslSaysAsync(
                $"GET {EdgeRoutes.Stream} HTTP/1.1\r\nHost: edge.demo.test\r\nConnection: close\r\n\r\n",
                "s_client", "-connect", world.Edge.ToString(), "-servername", "edge.demo.test", "-alpn", "http/1.1", "-ign_eof", option, session);

            Assert.True(File.Exists(session), "openssl kept no session.");
            Assert.Contains("New, TLSv1.3", output, StringComparison.Ordinal);
            Assert.DoesNotContain("Reused, ", output, StringComparison.Ordinal);
            Assert.DoesNotMatch("Max Early Data: [1-9]", output);
            Assert.Contains("HTTP/1.1 426", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Edge_WithoutACertificate_IsRefusedInWords()
    {
        using var client = world.EdgeHttp(null);

        var refused = await client.RefusedAsync(HttpMethod.Get, EdgeRoutes.Stream);

        Assert.Equal((403, ProblemCodes.Forbidden, false), (refused.Status, refused.Code, refused.Retry));
        Assert.Contains("gateway or repository", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edge_WithACertificateOfAnotherAuthority_EndsTheHandshake()
    {
        using var foreign = new AuthorityWorld();
        var authority = await foreign.OpenAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = authority.Issue(world.Gateway.Identity, new PublicKey(key));
        using var certificate = leaf.CopyWithPrivateKey(key);
        using var client = world.Http(
            "edge.demo.test", SslStreamCertificateContext.Create(certificate, [authority.Issuing], offline: true), token => world.DialEdgeAsync(null, token));

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetAsync(EdgeRoutes.Stream));
    }

    [Fact]
    public async Task Edge_WithAnExpiredCertificate_SaysWhenItEndedAndAudits()
    {
        await using var own = new SiloWorld();
        await own.InitializeAsync();
        using var identity = await own.EnrolGatewayAsync("gtw9");
        own.Time.Advance(TimeSpan.FromDays(91));
        own.Services.GetRequiredService<SiloCertificate>().Renew();
        using var client = own.EdgeHttp(identity);

        var refused = await client.RefusedAsync(HttpMethod.Get, EdgeRoutes.Stream);

        Assert.Equal((403, ProblemCodes.Forbidden), (refused.Status, refused.Code));
        Assert.Contains("this silo's clock says", refused.Detail, StringComparison.Ordinal);
        await AuditedAsync(own, "certificate-expired", identity.Identity.ToUrn());
    }

    [Fact]
    public async Task Apis_WithACertificateOfAnotherRole_SayForWhomTheyAre()
    {
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var connector = await world.EnrolConnectorAsync(await world.AddTenantAsync());
        using var asRepository = world.EdgeHttp(repository);
        using var asGateway = world.EdgeHttp(world.Gateway);
        using var asConnector = world.EdgeHttp(connector);
        using var gatewayAtTenant = world.TenantHttp(world.Gateway);
        foreach (var (client, method, path, role) in new[]
        {
            (asRepository, HttpMethod.Post, EdgeRoutes.GatewayHeartbeat, "gateway"),
            (asRepository, HttpMethod.Get, EdgeRoutes.Routes + "r-x.data.demo.test", "gateway"),
            (asGateway, HttpMethod.Post, EdgeRoutes.RepositoryHeartbeat, "repository"),
            (asGateway, HttpMethod.Get, EdgeRoutes.Grants + "r-x.data.demo.test", "repository"),
            (asGateway, HttpMethod.Post, EdgeRoutes.Snapshots, "repository"),
            (asConnector, HttpMethod.Get, EdgeRoutes.Stream, "gateway or repository"),
            (asConnector, HttpMethod.Post, EdgeRoutes.Renew, "gateway or repository"),
            (gatewayAtTenant, HttpMethod.Get, TenantRoutes.Status, "connector"),
            (gatewayAtTenant, HttpMethod.Post, TenantRoutes.Runs, "connector"),
            (gatewayAtTenant, HttpMethod.Post, TenantRoutes.Renew, "connector"),
        })
        {
            var refused = await client.RefusedAsync(method, path, method == HttpMethod.Post ? new object() : null);
            Assert.Equal((403, ProblemCodes.Forbidden), (refused.Status, refused.Code));
            Assert.Contains($"this is for a {role}", refused.Detail, StringComparison.Ordinal);
        }

        await AuditedAsync(world, "certificate-role", world.Gateway.Identity.ToUrn());
    }

    [Fact]
    public async Task Apis_WithARevokedCertificate_SaySo()
    {
        var tenant = await world.AddTenantAsync();
        using var gateway = await world.EnrolGatewayAsync(world.NewId("gtw"));
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));
        using var connector = await world.EnrolConnectorAsync(tenant, "desk");
        using var gatewayClient = world.EdgeHttp(gateway);
        using var repositoryClient = world.EdgeHttp(repository);
        using var connectorClient = world.TenantHttp(connector);
        await connectorClient.OkAsync<TenantStatusAnswer>(HttpMethod.Get, TenantRoutes.Status);

        await world.Grains.GetGrain<IGatewayGrain>(gateway.Identity.Id).RevokeAsync(SiloWorld.Deadline);
        await world.Grains.GetGrain<IRepositoryGrain>(repository.Identity.Id).RevokeAsync(SiloWorld.Deadline);
        await world.Grains.GetGrain<ITenantGrain>(tenant).RevokeConnectorAsync("desk", SiloWorld.Deadline);
        world.Time.Advance(TimeSpan.FromSeconds(2.1));

        foreach (var (client, path) in new[] { (gatewayClient, EdgeRoutes.Stream), (repositoryClient, EdgeRoutes.Stream), (connectorClient, TenantRoutes.Status) })
        {
            var refused = await client.RefusedAsync(HttpMethod.Get, path);
            Assert.Equal((403, ProblemCodes.Revoked, false), (refused.Status, refused.Code, refused.Retry));
            Assert.Contains("revoked", refused.Detail, StringComparison.Ordinal);
        }

        await AuditedAsync(world, "certificate-revoked", connector.Identity.ToUrn());
    }

    [Fact]
    public async Task Tenant_WithoutARightProxyHeader_ClosesUnanswered()
    {
        var wrongKey = RandomNumberGenerator.GetBytes(32);
        var header = new ProxyHeader(new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.Loopback, 2), "cc.demo.test", "gtw1");
        byte[][] openings =
        [
            [],
            "GET / HTTP/1.1\r\n\r\n"u8.ToArray(),
            "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"u8.ToArray(),
            header.Write(wrongKey),
            (header with { Gateway = "gtw2" }).Write(world.ProxyKey("gtw1")),
            (header with { Gateway = "nobody" }).Write(world.ProxyKey("nobody")),
        ];
        foreach (var opening in openings)
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(world.Tenant);
            var stream = tcp.GetStream();
            await stream.WriteAsync(opening);
            if (opening.Length == 0)
            {
                tcp.Client.Shutdown(SocketShutdown.Send);
            }

            Assert.Equal(0, await ReadToEndAsync(stream));
        }
    }

    [Theory]
    [InlineData("cc.demo.test", "cc.demo.test", true)]
    [InlineData("gtw12.demo.test", "gtw12.demo.test", true)]
    [InlineData("cc.demo.test", "gtw1.demo.test", false)]
    [InlineData("edge.demo.test", "edge.demo.test", false)]
    [InlineData("my.demo.test", "my.demo.test", false)]
    [InlineData("cc.other.test", "cc.other.test", false)]
    public async Task Tenant_WithServerNameAndAuthority_ServesItsOwnNamesWhenTheyAreTheSame(string serverName, string authority, bool served)
    {
        await using var tls = new SslStream(await world.DialTenantAsync(authority: authority));
        var handshake = tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = serverName,
                EnabledSslProtocols = SslProtocols.Tls13,
                RemoteCertificateValidationCallback = (_, peer, chain, _) => AuthorityTrust.Check(
                    peer, chain!.ChainPolicy.ExtraStore, world.Authority.Root, CertificateRole.Silo, null, serverName, world.Time) == PeerCheck.Ok,
            },
            SiloWorld.Deadline);

        if (served)
        {
            await handshake;
        }
        else
        {
            var fault = await Assert.ThrowsAnyAsync<Exception>(() => handshake);
            Assert.True(fault is IOException or AuthenticationException, fault.ToString());
        }
    }

    [Fact]
    public async Task Tenant_ThroughARevokedGateway_IsClosed()
    {
        using var gateway = await world.EnrolGatewayAsync(world.NewId("gtw"));
        using (var before = world.TenantHttp(null, gateway.Identity.Id))
        {
            Assert.NotEmpty(await before.GetStringAsync(TenantRoutes.Authority));
        }

        await world.Grains.GetGrain<IGatewayGrain>(gateway.Identity.Id).RevokeAsync(SiloWorld.Deadline);

        // The listener hears of it from the log, a moment after the answer.
        var clock = Stopwatch.StartNew();
        while (await IsServedAsync())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "A revoked gateway's connections are still served.");
            await Task.Delay(50);
        }

        async Task<bool> IsServedAsync()
        {
            using var after = world.TenantHttp(null, gateway.Identity.Id);
            try
            {
                await after.GetStringAsync(TenantRoutes.Authority);
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }

    private static async Task<int> ReadToEndAsync(Stream stream)
    {
        var total = 0;
        var buffer = new byte[1024];
        try
        {
            while (await stream.ReadAsync(buffer, SiloWorld.Deadline) is var read and > 0)
            {
                total += read;
            }
        }
        catch (IOException)
        {
            // Reset: closed just as well.
        }

        return total;
    }

    private static async Task AuditedAsync(SiloWorld world, string kind, string who)
    {
        var clock = Stopwatch.StartNew();
        while (!await world.QueryAsync(db => db.Set<AuditRow>().AnyAsync(row => row.Kind == kind && row.Who == who)))
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"There is no audit entry {kind} of {who}.");
            await Task.Delay(50);
        }
    }
}
