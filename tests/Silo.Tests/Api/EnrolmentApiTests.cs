using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Tests.Api;

/// <summary>Codes, first certificates and renewal, over both APIs.</summary>
public sealed class EnrolmentApiTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    [Fact]
    public async Task Enrol_AsGatewayAndRepository_GetsItsIdentityAndIsHeard()
    {
        using var gateway = await world.EnrolGatewayAsync(world.NewId("gtw"));
        using var repository = await world.EnrolRepositoryAsync(world.NewId("repo"));

        Assert.Equal(CertificateRole.Gateway, gateway.Identity.Role);
        Assert.Equal(CertificateRole.Repository, repository.Identity.Role);
        Assert.Equal(SiloWorld.Zone, gateway.Zone);
        Assert.Equal(world.Authority.Root.RawData, repository.Authority.RawData);
        using var client = world.EdgeClient(gateway);
        var answer = await client.PostAsync<GatewayHeartbeat, GatewayHeartbeatAnswer>(
            EdgeRoutes.GatewayHeartbeat, new GatewayHeartbeat("1.0", 3, 7, 100, 200, 1, new Dictionary<string, long> { ["x"] = 2, ["y"] = 3 }), SiloWorld.Deadline);
        Assert.Equal(GatewayWantedState.Active, answer.WantedState);
        var info = await world.Grains.GetGrain<Headgate.Grains.IGatewayGrain>(gateway.Identity.Id).GetAsync(SiloWorld.Deadline);
        Assert.Equal((3, 7, 100, 200, 5), (info.Load!.Active, info.Load.Accepted, info.Load.BytesUp, info.Load.BytesDown, info.Load.Refused));
    }

    [Fact]
    public async Task Enrol_AsConnectorThroughAGateway_GetsTenantAndConnector()
    {
        var tenant = await world.AddTenantAsync();
        using var connector = await world.EnrolConnectorAsync(tenant, "Desk-7.local");
        using var client = world.TenantHttp(connector);

        var status = await client.OkAsync<TenantStatusAnswer>(HttpMethod.Get, TenantRoutes.Status);

        Assert.Equal(tenant, connector.Identity.Tenant);
        Assert.Equal(tenant, status.Tenant);
        Assert.Equal(connector.Identity.Id, $"{tenant}/{status.Connector}");
    }

    [Fact]
    public async Task Enrol_WithTheSameKeyAgain_GetsTheSameCertificateAndAnotherKeyIsRefusedAndAudited()
    {
        var tenant = await world.AddTenantAsync();
        var code = await world.ConnectorCodeAsync(tenant);
        using var client = world.TenantHttp(null, source: SiloWorld.RandomSource());
        var request = Request(code, out _);

        var first = await client.OkAsync<EnrolmentAnswer>(HttpMethod.Post, TenantRoutes.Enrol, request);
        var again = await client.OkAsync<EnrolmentAnswer>(HttpMethod.Post, TenantRoutes.Enrol, request);
        var other = await client.RefusedAsync(HttpMethod.Post, TenantRoutes.Enrol, Request(code, out _));

        Assert.Equal(first.Certificate, again.Certificate);
        Assert.Equal((403, ProblemCodes.CodeUsed, false), (other.Status, other.Code, other.Retry));
        var audited = await world.QueryAsync(db => db.Set<AuditRow>().Where(row => row.Kind.Contains("code-used")).ToListAsync());
        Assert.Contains(audited, row => row.What.Contains(tenant, StringComparison.Ordinal) && row.Who.StartsWith("anonymous 127.", StringComparison.Ordinal));
        Assert.DoesNotContain(audited, row => row.What.Contains(code.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Enrol_WithAWrongSecretOrForNobody_IsAnsweredAlike()
    {
        var code = await world.ConnectorCodeAsync(await world.AddTenantAsync());
        using var client = world.TenantHttp(null, source: SiloWorld.RandomSource());
        var wrong = Base32.Encode(RandomNumberGenerator.GetBytes(16));

        var known = await client.RefusedAsync(HttpMethod.Post, TenantRoutes.Enrol, Request(code with { Secret = wrong }, out _));
        var unknown = await client.RefusedAsync(HttpMethod.Post, TenantRoutes.Enrol, Request(code with { Secret = wrong, Subject = "nobody" }, out _));

        Assert.Equal((403, ProblemCodes.CodeRefused), (known.Status, known.Code));
        Assert.Equal(known with { TraceId = null }, unknown with { TraceId = null });
    }

    [Fact]
    public async Task Enrol_WithACodeThatEnded_SaysWhen()
    {
        await using var own = new SiloWorld();
        await own.InitializeAsync();
        var tenant = await own.AddTenantAsync();
        var code = await own.ConnectorCodeAsync(tenant, seconds: 60);
        own.Time.Advance(TimeSpan.FromSeconds(61));
        using var client = own.TenantHttp(null);

        var refused = await client.RefusedAsync(HttpMethod.Post, TenantRoutes.Enrol, Request(code, out _));

        Assert.Equal((403, ProblemCodes.CodeRefused), (refused.Status, refused.Code));
        Assert.Matches(@"ended at \d{4}-", refused.Detail);
    }

    [Fact]
    public async Task Enrol_WithACodeOfAnotherSubjectOrRole_IsRefused()
    {
        var gateway = await world.GatewayCodeAsync(world.NewId("gtw"));
        var other = world.NewId("gtw");
        await world.GatewayCodeAsync(other);
        using var client = world.EdgeHttp(null, SiloWorld.RandomSource());

        var subject = await client.RefusedAsync(HttpMethod.Post, EdgeRoutes.Enrol, Request(gateway with { Subject = other }, out _));
        var role = await client.RefusedAsync(HttpMethod.Post, EdgeRoutes.Enrol, Request(gateway with { Role = CertificateRole.Repository }, out _));
        var connector = await client.RefusedAsync(HttpMethod.Post, EdgeRoutes.Enrol, Request(gateway with { Role = CertificateRole.Connector }, out _));

        Assert.Equal(ProblemCodes.CodeRefused, subject.Code);
        Assert.Equal(ProblemCodes.CodeRefused, role.Code);
        Assert.Equal(ProblemCodes.Invalid, connector.Code);
        Assert.Contains("gateway or repository", Assert.Single(connector.Errors!["role"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Enrol_WithARequestForAnotherRoleAndName_GetsWhatTheSiloWrites()
    {
        var tenant = await world.AddTenantAsync();
        var code = await world.ConnectorCodeAsync(tenant);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest("CN=silo", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri("urn:headgate:silo:vm"));
        names.AddUri(new Uri("urn:headgate:connector:other/desk"));
        names.AddDnsName("cc." + SiloWorld.Zone);
        csr.CertificateExtensions.Add(names.Build());
        using var client = world.TenantHttp(null, source: SiloWorld.RandomSource());

        var answer = await client.OkAsync<EnrolmentAnswer>(
            HttpMethod.Post, TenantRoutes.Enrol, new EnrolmentRequest("connector", tenant, code.Secret, csr.CreateSigningRequestPem(), "desk"));

        using var leaf = X509Certificate2.CreateFromPem(answer.Certificate);
        Assert.Equal($"urn:headgate:connector:{tenant}/desk", answer.Identity);
        Assert.Equal(answer.Identity, CertificateIdentity.Of(leaf)!.ToUrn());
        Assert.False(leaf.MatchesHostname("cc." + SiloWorld.Zone));
    }

    [Fact]
    public async Task Enrol_WithFieldsThatCannotBe_NamesEachWithItsValueAndWhatIsAllowed()
    {
        using var client = world.EdgeHttp(null, SiloWorld.RandomSource());

        var refused = await client.RefusedAsync(HttpMethod.Post, EdgeRoutes.Enrol, new EnrolmentRequest("silo", "Not An Id", new string('s', 200), "hello", ""));

        Assert.Equal((400, ProblemCodes.Invalid), (refused.Status, refused.Code));
        Assert.Equal(["csr", "host", "role", "secret", "subject"], refused.Errors!.Keys.Order());
        Assert.Contains("'silo'", refused.Errors["role"][0], StringComparison.Ordinal);
        Assert.Contains("'Not An Id'", refused.Errors["subject"][0], StringComparison.Ordinal);
        Assert.Contains(Identifier.Allowed, refused.Errors["subject"][0], StringComparison.Ordinal);
        Assert.DoesNotContain("sss", refused.Errors["secret"][0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Enrol_MoreOftenThanOneSourceMay_IsRefusedForThatSourceOnly()
    {
        var source = SiloWorld.RandomSource();
        using var edge = world.EdgeHttp(null, source);
        using var tenant = world.TenantHttp(null, source: IPAddress.Parse("203.0.113.200"));
        using var elsewhere = world.TenantHttp(null, source: IPAddress.Parse("203.0.113.201"));
        foreach (var (client, path) in new[] { (edge, EdgeRoutes.Enrol), (tenant, TenantRoutes.Enrol) })
        {
            // The bucket fills up meanwhile.
            const int Most = 600;
            ProblemAnswer refused;
            var asked = 0;
            do
            {
                refused = await client.RefusedAsync(HttpMethod.Post, path, new EnrolmentRequest("x", "x", "x", "x", "x"));
            }
            while (++asked < Most && refused.Status == 400);

            Assert.InRange(asked, RateRule.Enrolment.Burst + 1, Most - 1);
            Assert.Equal((429, ProblemCodes.TooMany, true), (refused.Status, refused.Code, refused.Retry));
            Assert.Contains("30", refused.Detail, StringComparison.Ordinal);
        }

        Assert.Equal(400, (await elsewhere.RefusedAsync(HttpMethod.Post, TenantRoutes.Enrol, new EnrolmentRequest("x", "x", "x", "x", "x"))).Status);
    }

    [Theory]
    [InlineData(CertificateRole.Gateway)]
    [InlineData(CertificateRole.Repository)]
    [InlineData(CertificateRole.Connector)]
    public async Task Renew_WithANewKey_GetsTheSameIdentityAndTheOldOneEndsWithTheSecondRenewal(CertificateRole role)
    {
        using var first = role switch
        {
            CertificateRole.Gateway => await world.EnrolGatewayAsync(world.NewId("gtw")),
            CertificateRole.Repository => await world.EnrolRepositoryAsync(world.NewId("repo")),
            _ => await world.EnrolConnectorAsync(await world.AddTenantAsync()),
        };
        using var second = await RenewAsync(first);
        using var third = await RenewAsync(second);
        world.Time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(first.Identity, third.Identity);
        Assert.Equal(3, new[] { first, second, third }.Select(identity => identity.Certificate.SerialNumber).Distinct().Count());
        using var fourth = await RenewAsync(second);
        using var client = Client(first);
        var refused = await client.RefusedAsync(HttpMethod.Post, EdgeRoutes.Renew, NewRenewal(out _));
        Assert.Equal((403, ProblemCodes.Revoked), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task Authority_ForAnybody_IsTheRootThatTheFingerprintIsOf()
    {
        using var edge = world.EdgeHttp(null);
        using var tenant = world.TenantHttp(null);
        foreach (var client in new[] { edge, tenant })
        {
            using var root = X509Certificate2.CreateFromPem(await client.GetStringAsync(EdgeRoutes.Authority));
            Assert.Equal(world.Authority.Fingerprint, AuthorityTrust.Fingerprint(root));
            Assert.False(root.HasPrivateKey);
        }
    }

    private HttpClient Client(ProgramIdentity identity) =>
        identity.Identity.Role == CertificateRole.Connector ? world.TenantHttp(identity) : world.EdgeHttp(identity);

    private async Task<ProgramIdentity> RenewAsync(ProgramIdentity identity)
    {
        using var client = Client(identity);
        var answer = await client.OkAsync<EnrolmentAnswer>(HttpMethod.Post, EdgeRoutes.Renew, NewRenewal(out var key));
        return new ProgramIdentity(key, answer.Certificate, answer.Authority, answer.Zone, identity.Host, identity.Port);
    }

    private static RenewalRequest NewRenewal(out string keyPem)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        keyPem = key.ExportPkcs8PrivateKeyPem();
        return new RenewalRequest(new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequestPem());
    }

    private static EnrolmentRequest Request(EnrolmentCode code, out string keyPem)
    {
        var renewal = NewRenewal(out keyPem);
        return new EnrolmentRequest(code.RoleWord, code.Subject, code.Secret, renewal.Csr, "desk");
    }
}
