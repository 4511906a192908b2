using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;
using Headgate.Server.Administration;

namespace Headgate.Silo.Tests.Api;

/// <summary>Fleet tokens, over the management API and the edge API.</summary>
public sealed class FleetApiTests(SiloWorld world) : IClassFixture<SiloWorld>
{
    [Fact]
    public async Task Enrol_WithAFleetTokensCode_MakesTheGateway()
    {
        var (token, code) = await AddAsync(max: 1);
        var id = world.NewId("gtw");
        var fleet = new FleetGateway(id, "gw7.example.com", 6180, FleetGateway.Nat);

        using var identity = await EnrolAsync(code, fleet);

        Assert.Equal(new CertificateIdentity(CertificateRole.Gateway, id), identity.Identity);
        using var client = world.EdgeClient(identity);
        await client.PostAsync<GatewayHeartbeat, GatewayHeartbeatAnswer>(
            EdgeRoutes.GatewayHeartbeat, new GatewayHeartbeat("1.0", 0, 0, 0, 0, 1, new Dictionary<string, long>()), SiloWorld.Deadline);
        var gateway = await world.Admin.GetAsync<GatewayInfo>(ManagementRoutes.Gateway(id), SiloWorld.Deadline);
        Assert.Equal((GatewayMode.Nat, "gw7.example.com", 6180, 50, true), (gateway.Mode, gateway.Host, gateway.Port, gateway.Weight, gateway.Enrolled));
        Assert.NotNull(gateway.LastHeard);

        var full = await Assert.ThrowsAsync<ProblemException>(() => EnrolAsync(code, fleet with { Gateway = world.NewId("gtw"), Port = 6181 }));
        Assert.Equal(ProblemCodes.CodeUsed, full.Problem.Code);
        var taken = await Assert.ThrowsAsync<ProblemException>(() => EnrolAsync(code, fleet));
        Assert.Equal((409, ProblemCodes.Conflict), (taken.Problem.Status, taken.Problem.Code));
        var listed = await world.Admin.GetAsync<FleetTokenPage>(ManagementRoutes.FleetTokens + "?search=" + token, SiloWorld.Deadline);
        Assert.Equal([id], listed.Items.Single().Gateways);
        var revoked = await world.Admin.SendAsync<FleetTokenInfo>(HttpMethod.Delete, ManagementRoutes.FleetToken(token), null, SiloWorld.Deadline);
        Assert.True(revoked.Revoked);
        var ended = await Assert.ThrowsAsync<ProblemException>(() => EnrolAsync(code, fleet));
        Assert.Equal(ProblemCodes.CodeRefused, ended.Problem.Code);
    }

    [Fact]
    public async Task Enrol_WithWhatCannotBe_NamesEachField()
    {
        var (token, code) = await AddAsync(max: 1);
        using var edge = world.EdgeHttp(null, SiloWorld.RandomSource());
        var good = new EnrolmentRequest("fleet", token, code.Secret, Csr(), "host", world.NewId("gtw"), "gw8.example.com", 6180);

        var bad = await edge.RefusedAsync(HttpMethod.Post, EdgeRoutes.Enrol, good with { Gateway = "Not An Id", Address = null, Port = 70_000, Mode = "bridge" });
        Assert.Equal(["address", "gateway", "mode"], bad.Errors!.Keys.Order());
        var wrong = await edge.RefusedAsync(HttpMethod.Post, EdgeRoutes.Enrol, good with { Secret = (good.Secret[0] == 'x' ? "y" : "x") + good.Secret[1..] });
        var nobody = await edge.RefusedAsync(HttpMethod.Post, EdgeRoutes.Enrol, good with { Subject = "nobody" });
        Assert.Equal((403, ProblemCodes.CodeRefused), (wrong.Status, wrong.Code));
        Assert.Equal(wrong with { TraceId = null }, nobody with { TraceId = null });
        // As a gateway's own code it is worth nothing, and on the tenants' side there are no fleets.
        var asGateway = await edge.RefusedAsync(HttpMethod.Post, EdgeRoutes.Enrol, good with { Role = "gateway" });
        Assert.Equal(ProblemCodes.CodeRefused, asGateway.Code);
        using var tenant = world.TenantHttp(null, source: SiloWorld.RandomSource());
        var elsewhere = await tenant.RefusedAsync(HttpMethod.Post, TenantRoutes.Enrol, good);
        Assert.Equal(["role"], elsewhere.Errors!.Keys);

        // The same key again is the same answer.
        var first = await edge.OkAsync<EnrolmentAnswer>(HttpMethod.Post, EdgeRoutes.Enrol, good);
        var again = await edge.OkAsync<EnrolmentAnswer>(HttpMethod.Post, EdgeRoutes.Enrol, good);
        Assert.Equal(first.Certificate, again.Certificate);
    }

    [Fact]
    public async Task Create_WithWhatCannotBe_NamesEachField()
    {
        var refused = await Assert.ThrowsAsync<ProblemException>(() => world.PostAsync<CreatedFleetToken>(
            ManagementRoutes.FleetTokens, new NewFleetToken("Not An Id", "", ["No Pool"], 0, 1001, 59)));
        Assert.Equal(["lifetime", "maxGateways", "name", "pools", "token", "weight"], refused.Problem.Errors!.Keys.Order());
    }

    private static string Csr()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=x", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    private async Task<(string Token, EnrolmentCode Code)> AddAsync(int max)
    {
        var token = world.NewId("fleet");
        var created = await world.PostAsync<CreatedFleetToken>(ManagementRoutes.FleetTokens, new NewFleetToken(token, "A fleet", null, 50, max, 3600));
        Assert.True(EnrolmentCode.TryParse(created.Code, out var code), created.Code);
        Assert.True(code.IsFleet);
        return (token, code);
    }

    private Task<ProgramIdentity> EnrolAsync(EnrolmentCode code, FleetGateway fleet) => EnrolmentClient.EnrolAsync(
        code, fleet, null, token => world.DialEdgeAsync(SiloWorld.RandomSource(), token), "host", world.Time, SiloWorld.Deadline);
}
