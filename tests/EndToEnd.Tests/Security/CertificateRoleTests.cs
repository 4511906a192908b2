using System.Security.Authentication;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests.Security;

/// <summary>A certificate used where it does not belong, and one that was taken back.</summary>
[Collection(ProviderCollection.Name)]
public sealed class CertificateRoleTests(Provider provider)
{
    [Theory]
    [InlineData("gtw1")]
    [InlineData("repo1")]
    public async Task TenantApi_WhenTheCertificateIsNotAConnectors_Refuses(string program)
    {
        using var identity = provider.World.IdentityOf(program);
        using var api = new ConnectorApi(provider.World, "gtw1", identity);
        await AssertForbiddenAsync(() => api.GetAsync<TenantStatusAnswer>(TenantRoutes.Status));
        await AssertForbiddenAsync(() => api.OpenRunAsync("stolen"));
    }

    [Fact]
    public async Task TenantApi_WithoutACertificate_Refuses()
    {
        using var api = new ConnectorApi(provider.World, "gtw1", null);
        await AssertForbiddenAsync(() => api.GetAsync<TenantStatusAnswer>(TenantRoutes.Status));
        await AssertForbiddenAsync(() => api.OpenRunAsync("nobody"));
    }

    [Fact]
    public async Task TenantApi_WhenTheCertificateHasEnded_Refuses()
    {
        using var root = new StolenRoot(provider.World);
        var now = DateTimeOffset.UtcNow;
        using var expired = root.Make(provider.AcmeDesk.Identity().Identity, now.AddDays(-91), now.AddDays(-1));
        using var api = new ConnectorApi(provider.World, "gtw1", expired);
        await AssertForbiddenAsync(() => api.GetAsync<TenantStatusAnswer>(TenantRoutes.Status));
    }

    [Fact]
    public async Task EdgeApi_WhenTheCertificateIsAConnectors_RefusesEverything()
    {
        using var identity = provider.AcmeDesk.Identity();
        foreach (var path in new[] { EdgeRoutes.Stream, EdgeRoutes.Routes + "cc.demo.test", EdgeRoutes.Grants + "cc.demo.test" })
        {
            AssertForbidden(await EdgeAsync("GET", path, identity), identity);
        }

        foreach (var path in new[] { EdgeRoutes.GatewayHeartbeat, EdgeRoutes.RepositoryHeartbeat, EdgeRoutes.Snapshots, EdgeRoutes.Renew })
        {
            AssertForbidden(await EdgeAsync("POST", path, identity), identity);
        }
    }

    [Fact]
    public async Task EdgeApi_WithoutACertificate_RefusesAllButEnrolment()
    {
        Assert.Equal(200, (await EdgeAsync("GET", EdgeRoutes.Authority, null)).Status);
        AssertForbidden(await EdgeAsync("GET", EdgeRoutes.Stream, null), null);
        AssertForbidden(await EdgeAsync("POST", EdgeRoutes.GatewayHeartbeat, null), null);
    }

    [Fact]
    public async Task EdgeApi_WhenAGatewayAsksForARepositorysThings_Refuses()
    {
        var ticket = await provider.OpenRunAsync(provider.BetaDesk);
        using var gateway = provider.World.IdentityOf("gtw1");
        using var repository = provider.World.IdentityOf("repo1");
        AssertForbidden(await EdgeAsync("GET", EdgeRoutes.Grants + ticket.ServerName, gateway), gateway);
        AssertForbidden(await EdgeAsync("POST", EdgeRoutes.RepositoryHeartbeat, gateway), gateway);
        AssertForbidden(await EdgeAsync("POST", EdgeRoutes.Snapshots, gateway), gateway);
        AssertForbidden(await EdgeAsync("GET", EdgeRoutes.Routes + ticket.ServerName, repository), repository);
        AssertForbidden(await EdgeAsync("POST", EdgeRoutes.GatewayHeartbeat, repository), repository);
        Assert.Equal(200, (await EdgeAsync("GET", EdgeRoutes.Routes + ticket.ServerName, gateway)).Status);
        Assert.Equal(200, (await EdgeAsync("GET", EdgeRoutes.Grants + ticket.ServerName, repository)).Status);
        await provider.FinishAsync(provider.BetaDesk, ticket);
    }

    [Fact]
    public async Task EdgeApi_WhenThePeerIsOfAnotherVersion_RefusesInWords()
    {
        using var identity = provider.World.IdentityOf("gtw1");
        var answer = await EdgeAsync("GET", EdgeRoutes.Stream, identity, version: "7.0");
        Assert.Equal(426, answer.Status);
        Assert.Contains(ProblemCodes.VersionMismatch, answer.Text, StringComparison.Ordinal);
        Assert.Contains("7.0", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connector_WhenItIsRevoked_LosesLiveConnectionsAndIsRefusedInWords()
    {
        var host = provider.Fresh("lost");
        var machine = await provider.Acme.EnrolAsync(host);
        using var identity = machine.Identity();
        var ticket = await provider.OpenRunAsync(machine);
        await using var live = await TlsConnection.OpenAsync(provider.GatewayAddress, World.PublicPort, ticket.ServerName, identity);
        await live.SendAsync($"HEAD /desk/config HTTP/1.1\r\nHost: {ticket.ServerName}\r\n\r\n");
        Assert.NotNull((await live.ReadHeadAsync()).Status);

        (await provider.World.AdminAsync("connector", "revoke", "acme", identity.Identity.Id.Split('/')[1])).Succeeded();

        await live.ReadToEndAsync(TimeSpan.FromSeconds(30));
        new RouteTests(provider).AssertRefused(await provider.GetAsync(ticket.ServerName, identity));
        using var api = new ConnectorApi(provider.World, "gtw1", identity);
        var refusal = await Assert.ThrowsAsync<ProblemException>(() => api.OpenRunAsync("again"));
        Assert.Equal(ProblemCodes.Revoked, refusal.Code);
        Finished? told = null;
        await Tool.UntilAsync(
            async () => (told = await machine.HeadgateAsync("status")).ExitCode != 0,
            "the status to be refused", () => told?.ToString() ?? "", TimeSpan.FromSeconds(60));
        Assert.Contains("revoked", told!.Error, StringComparison.OrdinalIgnoreCase);
        var run = await machine.RunAsync("nightly", ["snapshots"]);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("revoked", run.Error, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task AssertForbiddenAsync(Func<Task> ask)
    {
        try
        {
            await ask();
            Assert.Fail("It was answered.");
        }
        catch (ProblemException refusal)
        {
            Assert.Equal(403, (int)refusal.Status);
        }
        catch (HttpRequestException fault) when (fault.InnerException is IOException or AuthenticationException)
        {
            // Refused in the handshake: TLS 1.3 tells a client so when it first reads.
        }
    }

    /// <summary>Refused in words: whose certificate it is, or that there is none.</summary>
    private static void AssertForbidden(Answer answer, ProgramIdentity? identity)
    {
        Assert.True(answer.Status == 403, $"Expected 403: {answer}");
        Assert.Contains("application/problem+json", answer.Text, StringComparison.Ordinal);
        Assert.Contains(identity?.Identity.ToUrn() ?? "needs a client certificate", answer.Body, StringComparison.Ordinal);
    }

    private async Task<Answer> EdgeAsync(string method, string path, ProgramIdentity? identity, string? version = null)
    {
        var more = $"{ProtocolVersion.HeaderName}: {version ?? ProtocolVersion.Current}\r\n";
        more += method == "POST" ? "Content-Type: application/json\r\nContent-Length: 2\r\n" : "";
        return await TlsConnection.AskAsync(
            provider.World.AddressOf("server"), 6181, "edge." + World.Zone,
            Provider.Request(method, path, "edge." + World.Zone, more) + (method == "POST" ? "{}" : ""), identity);
    }
}
