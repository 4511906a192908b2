using System.Net;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests.Attackers;

/// <summary>Anybody on the internet, at the public address. Torn, oversized, slow and nameless handshakes are in <c>OpensslTests</c> and the gateway's own tests.</summary>
[Collection(ProviderCollection.Name)]
public sealed class StrangerTests(Provider provider)
{
    private const string Public = "cc." + World.Zone;

    [Fact]
    public async Task PublicName_AnswersTheAuthorityAndEnrolment_AndNothingElse()
    {
        var version = $"{ProtocolVersion.HeaderName}: {ProtocolVersion.Current}\r\n";
        Assert.Contains("BEGIN CERTIFICATE", (await provider.GetAsync(Public, null, TenantRoutes.Authority)).Text + (await AskAsync(TenantRoutes.Authority)).Text, StringComparison.Ordinal);
        foreach (var path in new[] { TenantRoutes.Status, TenantRoutes.Gateways })
        {
            Assert.Equal(403, (await AskAsync(path)).Status);
        }

        foreach (var path in new[]
        {
            "/", "/v1", "/v1/tenants", "/v1/accounts", "/v1/backup", EdgeRoutes.Stream, EdgeRoutes.GatewayHeartbeat, EdgeRoutes.Grants + Public, "/sign-in", "/metrics", "/_blazor", "/v1/../v1/tenants",
        })
        {
            var answer = await AskAsync(path);
            Assert.True(answer.Status is 404 or 400, $"{path}: {answer}");
        }

        Task<Answer> AskAsync(string path) => TlsConnection.AskAsync(provider.GatewayAddress, World.PublicPort, Public, Provider.Request("GET", path, Public, version));
    }

    [Fact]
    public async Task Enrolment_TellsNobodyWhichTenantsThereAre()
    {
        using var api = new ConnectorApi(provider.World, "gtw1", null);
        var said = new List<string>();
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var csr = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=x", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSigningRequestPem();
        foreach (var tenant in new[] { "acme", "no-such-tenant" })
        {
            var refusal = await Assert.ThrowsAsync<ProblemException>(() => api.PostAsync<EnrolmentRequest, EnrolmentAnswer>(
                TenantRoutes.Enrol, new EnrolmentRequest("connector", tenant, new string('a', 26), csr, "host")));
            Assert.Equal(ProblemCodes.CodeRefused, refusal.Code);
            said.Add(refusal.Message);
        }

        Assert.Equal(said[0], said[1]);
    }

    [Fact]
    public async Task TenantsSite_ShowsTheSignInPageOnly()
    {
        using var stranger = SiteClient.Tenants(provider);
        foreach (var path in new[] { "/", "/jobs", "/connectors/new", "/access-keys/new", "/account/password", "/account/second-factor", "/recovery" })
        {
            var page = await stranger.GetAsync(path);
            Assert.Equal((HttpStatusCode.Found, "/sign-in"), (page.Status, page.LocalPath));
        }

        var signIn = await stranger.GetAsync("/sign-in");
        Assert.Equal(HttpStatusCode.OK, signIn.Status);
        Assert.False(Words.Has(signIn.Html, "acme"));
        Assert.False(Words.Has(signIn.Html, "beta"));
    }
}
