using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>The repository decides: who gets in, who does not, and what ends who is in.</summary>
public sealed class AccessTests
{
    [Theory]
    [InlineData("acme/host2")]
    [InlineData("other/host1")]
    public async Task Route_WhenAnotherConnectorComes_IsForbiddenInWords(string connector)
    {
        await using var repository = await TestRepository.StartAsync();
        using var client = repository.Client(repository.OpenRoute("acme", "host1"), repository.Connector(connector));
        using var answer = await client.GetAsync("config");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("another connector", answer.ReasonPhrase, StringComparison.Ordinal);
        await repository.Metrics.UntilAsync("requests.refused/wrong-connector", 1);
    }

    [Theory]
    [InlineData("none", "no-certificate")]
    [InlineData("foreign", "certificate-untrusted")]
    [InlineData("expired", "certificate-expired")]
    [InlineData("early", "certificate-not-yet-valid")]
    [InlineData("gateway", "certificate-wrong-role")]
    [InlineData("repository", "certificate-wrong-role")]
    public async Task Route_WhenTheCertificateIsNotAConnectors_IsRefusedInTheHandshake(string kind, string reason)
    {
        await using var repository = await TestRepository.StartAsync();
        using var foreign = new TestAuthority();
        var now = DateTimeOffset.UtcNow;
        using var identity = kind switch
        {
            "none" => null,
            "foreign" => foreign.Issue(CertificateRole.Connector, "acme/host1"),
            "expired" => repository.Authority.Issue(CertificateRole.Connector, "acme/host1", now.AddDays(-100), now.AddDays(-10)),
            "early" => repository.Authority.Issue(CertificateRole.Connector, "acme/host1", now.AddDays(1)),
            "gateway" => repository.Authority.Issue(CertificateRole.Gateway, "gtw1"),
            _ => repository.Authority.Issue(CertificateRole.Repository, "repo1"),
        };

        await AssertGetsNothingAsync(repository, repository.OpenRoute(), identity);

        await Wait.ForAsync(() => repository.Metrics["connections.refused/" + reason] == 1, $"{reason} is counted, seen {repository.Metrics}");
        Assert.Equal(0, repository.Metrics["connections.refused/handshake-failed"]);
    }

    [Fact]
    public async Task Route_WhenItIsUnknown_IsRefusedInTheHandshake()
    {
        await using var repository = await TestRepository.StartAsync();
        await AssertGetsNothingAsync(repository, repository.NewRouteName(), repository.Connector());

        // The silo that could know more does not answer in this test.
        await Wait.ForAsync(() => repository.Metrics["connections.refused/silo-unheard"] == 1, $"it is counted, seen {repository.Metrics}");
    }

    [Fact]
    public async Task Route_WhenTls12OrAnotherProtocolIsAsked_IsRefused()
    {
        await using var repository = await TestRepository.StartAsync();
        var route = repository.OpenRoute();
        await Assert.ThrowsAnyAsync<Exception>(() => repository.ConnectAsync(
            route, repository.Connector(), o => o.EnabledSslProtocols = SslProtocols.Tls12));
        await Assert.ThrowsAnyAsync<Exception>(() => repository.ConnectAsync(
            route, repository.Connector(), o => o.ApplicationProtocols = [SslApplicationProtocol.Http2]));
        await Wait.ForAsync(() => repository.Metrics["connections.refused/handshake-failed"] == 2, $"both are counted, seen {repository.Metrics}");
    }

    [Fact]
    public async Task Connection_WhenTheServerNameIsNotTheOneTheGatewayTold_IsRefused()
    {
        await using var repository = await TestRepository.StartAsync();
        var (mine, others) = (repository.OpenRoute(), repository.OpenRoute("other"));
        await using var stream = await repository.DialAsync(mine);
        await using var tls = new SslStream(stream);
        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(repository.TlsOptions(others, repository.Connector())));
        await Wait.ForAsync(() => repository.Metrics["connections.refused/server-name-mismatch"] == 1, "it is counted");
    }

    [Theory]
    [InlineData("cc.demo.test")]
    [InlineData("www.example.com")]
    [InlineData("r-short.data.demo.test")]
    public async Task Connection_WhenTheNameIsNotARepositorys_IsRefused(string name)
    {
        await using var repository = await TestRepository.StartAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => repository.ConnectAsync(name, repository.Connector()));
        await Wait.ForAsync(() => repository.Metrics["connections.refused/foreign-server-name"] == 1, "it is counted");
    }

    [Fact]
    public async Task Connection_WhenThereIsNoServerName_IsRefused()
    {
        await using var repository = await TestRepository.StartAsync();
        var route = repository.OpenRoute();
        await Assert.ThrowsAnyAsync<Exception>(() => repository.ConnectAsync(route, repository.Connector(), o => o.TargetHost = ""));
        await Wait.ForAsync(() => repository.Metrics["connections.refused/no-server-name"] == 1, "it is counted");
    }

    [Theory]
    [InlineData("unknown", "proxy-unknown-gateway")]
    [InlineData("mac", "proxy-bad-mac")]
    [InlineData("none", "proxy-malformed")]
    public async Task Connection_WhenThePROXYHeaderIsWrong_IsClosedUnanswered(string kind, string reason)
    {
        await using var repository = await TestRepository.StartAsync();
        var route = repository.OpenRoute();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, repository.Port);
        var stream = client.GetStream();
        switch (kind)
        {
            case "unknown":
                await stream.WriteAsync(TestRepository.Header(route, "gtw9"));
                break;
            case "mac":
                await stream.WriteAsync(TestRepository.Header(route, key: new byte[32]));
                break;
            default:
                await stream.WriteAsync(new byte[] { 0x16, 0x03, 0x01, 0x02, 0x00 });
                break;
        }

        Assert.True(await Raw.IsEndedAsync(stream));
        await Wait.ForAsync(() => repository.Metrics["connections.refused/" + reason] == 1, $"it is counted, seen {repository.Metrics}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handshake_WhenAClientTriesToResume_IsDoneInFull(bool route)
    {
        await using var repository = await TestRepository.StartAsync();
        await using var relay = new ConnectRelay(repository.Port);
        using var openssl = new OpenSsl(repository, relay, route ? repository.OpenRoute() : repository.OpenAccess().ServerName);

        var first = await openssl.ConnectAsync("-sess_out", "session");
        var second = await openssl.ConnectAsync("-sess_in", "session");

        foreach (var output in (string[])[first, second])
        {
            Assert.Contains("New, TLSv1.3", output, StringComparison.Ordinal);
            Assert.DoesNotContain("Reused, ", output, StringComparison.Ordinal);
            Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
            Assert.DoesNotMatch("Max Early Data: [1-9]", output);
            Assert.Contains(route ? "HTTP/1.1 404" : "HTTP/1.1 401", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Route_WhenHostAndAuthorizationSayOtherwise_IgnoresThem()
    {
        await using var repository = await TestRepository.StartAsync();
        var access = repository.OpenAccess("other");
        await using var tls = await repository.ConnectAsync(repository.OpenRoute(), repository.Connector());
        var answer = await Raw.AskAsync(
            tls, $"HEAD /config HTTP/1.1\r\nHost: {access.ServerName}\r\nAuthorization: {access.Basic()}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(":6180", false, 404)]
    [InlineData("", false, 404)]
    [InlineData("", true, 421)]
    [InlineData(":6180", true, 421)]
    [InlineData(".evil.example", false, 421)]
    public async Task Access_WhenHostIsAnotherName_IsMisdirected(string suffix, bool another, int status)
    {
        await using var repository = await TestRepository.StartAsync();
        var (mine, others) = (repository.OpenAccess("acme"), repository.OpenAccess("other"));
        await using var tls = await repository.ConnectAsync(mine.ServerName);
        var answer = await Raw.AskAsync(
            tls, $"HEAD /config HTTP/1.1\r\nHost: {(another ? others : mine).ServerName}{suffix}\r\nAuthorization: {mine.Basic()}\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("secret")]
    [InlineData("key")]
    [InlineData("swapped")]
    [InlineData("bearer")]
    [InlineData("garbage")]
    [InlineData("no-such-access")]
    public async Task Access_WhenTheKeyIsWrong_IsUnauthorized(string kind)
    {
        await using var repository = await TestRepository.StartAsync();
        var (mine, others) = (repository.OpenAccess("acme"), repository.OpenAccess("other"));
        var name = kind == "no-such-access" ? new ZoneNames(TestAuthority.Zone).NewAccess() : mine.ServerName;
        using var client = repository.Client(name);
        client.DefaultRequestHeaders.Authorization = kind switch
        {
            "none" => null,
            "secret" => TestAccess.Basic(mine.Keys[0].Key, "wrong"),
            "key" => TestAccess.Basic("key9", mine.Keys[0].Secret),
            "swapped" => others.Basic(),
            "bearer" => new("Bearer", "x"),
            "garbage" => new("Basic", "%%%"),
            _ => mine.Basic(),
        };
        using var answer = await client.GetAsync("config");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Basic", answer.Headers.WwwAuthenticate.Single().Scheme);
        await repository.Metrics.UntilAsync("requests.refused/wrong-key", 1);
        Assert.DoesNotContain(repository.Log.All, line => mine.Keys.Concat(others.Keys).Any(key => line.Contains(key.Secret, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Tenants_WhenTheyUseTheSamePaths_SeeOnlyTheirOwn()
    {
        await using var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", 1 << 20);
        repository.SetQuota("other", 1 << 20);
        using var mine = repository.RouteClient("acme");
        using var theirs = repository.RouteClient("other");
        var blob = Blob.Random(1000);
        await mine.PostAsync("host1/?create=true", null);
        await mine.PostAsync("host1/data/" + blob.Name, blob.Body);
        Assert.Equal(HttpStatusCode.NotFound, (await theirs.GetAsync("host1/data/" + blob.Name)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await theirs.GetAsync("host1/data/")).StatusCode);
        Assert.Equal(0, repository.Ledger("other").Used);
    }

    [Fact]
    public async Task Grant_WhenItIsClosed_EndsTheLiveConnectionAndRefusesTheNext()
    {
        await using var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", 1 << 30);
        var route = repository.OpenRoute();
        using (var client = repository.Client(route, repository.Connector()))
        {
            await client.PostAsync("?create=true", null);
        }

        await Wait.ForAsync(() => repository.Metrics["connections.active"] == 0, "its connection is gone");
        await using var idle = await repository.ConnectAsync(route, repository.Connector());
        await using var upload = await repository.ConnectAsync(route, repository.Connector());
        Assert.StartsWith("HTTP/1.1 404 ", await Raw.AskAsync(idle, "HEAD /config HTTP/1.1\r\nHost: x\r\n\r\n"), StringComparison.Ordinal);
        await upload.WriteAsync(Encoding.ASCII.GetBytes($"POST /data/{Blob.Random(9).Name} HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\nbegin"));
        await Wait.ForAsync(() => repository.TemporaryFiles().Any(), "the upload is under way");

        repository.Apply(EdgeEventKinds.GrantClosed, new NameReference(route));

        Assert.True(await Raw.IsEndedAsync(idle));
        Assert.True(await Raw.IsEndedAsync(upload));
        await Wait.ForAsync(() => !repository.TemporaryFiles().Any() && repository.Ledger("acme").Reserved == 0, "nothing stays behind");
        await repository.Metrics.UntilAsync("connections.ended/grant-closed", 2);
        await AssertGetsNothingAsync(repository, route, repository.Connector());
        await Wait.ForAsync(() => repository.Metrics["connections.active"] == 0, "no connection is left");
    }

    private static async Task AssertGetsNothingAsync(TestRepository repository, string serverName, ProgramIdentity? identity)
    {
        try
        {
            // In TLS 1.3 a client may finish before the server has looked at its certificate: the refusal then ends the first read.
            await using var tls = await repository.ConnectAsync(serverName, identity);
            Assert.Equal("", await Raw.AskAsync(tls, "GET /config HTTP/1.1\r\nHost: x\r\n\r\n"));
        }
        catch (Exception fault) when (fault is IOException or AuthenticationException)
        {
            // Refused while it lasted.
        }
    }
}
