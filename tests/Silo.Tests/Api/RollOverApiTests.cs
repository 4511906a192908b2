using System.Net;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Server.Administration;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;
using Microsoft.EntityFrameworkCore;

namespace Headgate.Silo.Tests.Api;

/// <summary>The authority rolled over by an administrator, with programs that heard of it and programs that did not.</summary>
public sealed class RollOverApiTests
{
    [Fact]
    public async Task Steps_WithAProgramThatIsBehind_AreRefusedByNameUntilItFollows()
    {
        var world = new SiloWorld();
        await world.InitializeAsync();
        await using var disposal = world;
        using var gateway = world.Gateway;
        using var repository = await world.EnrolRepositoryAsync("repo1");
        var code = await world.GatewayCodeAsync("late");

        var announced = await StepAsync(world, ManagementRoutes.AuthorityNext);
        Assert.Equal(["present", "next"], announced.Roots.Select(root => root.State));
        Assert.Equal(["urn:headgate:gateway:gtw1", "urn:headgate:repository:repo1"], announced.Behind.Select(program => program.Identity));
        Assert.Equal(1, announced.OpenCodes);
        var refused = await Assert.ThrowsAsync<ProblemException>(() => StepAsync(world, ManagementRoutes.AuthoritySwitch));
        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains("urn:headgate:gateway:gtw1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--force", refused.Message, StringComparison.Ordinal);

        // Each hears by any answer, fetches, and says so with any request.
        using var heardGateway = await HearAsync(world, gateway);
        await SayAsync(world, heardGateway);
        Assert.Equal(["urn:headgate:repository:repo1"], (await world.Admin.GetAsync<AuthorityAnswer>(ManagementRoutes.Authority, SiloWorld.Deadline)).Behind.Select(program => program.Identity));
        using var heardRepository = await HearAsync(world, repository);
        await SayAsync(world, heardRepository);

        var switched = await StepAsync(world, ManagementRoutes.AuthoritySwitch);
        Assert.Equal(["present", "former"], switched.Roots.Select(root => root.State));
        Assert.Equal(announced.Roots[1].Fingerprint, switched.Fingerprint);
        Assert.Equal(2, switched.Behind.Count);

        // Whoever knows the former root alone does not believe the silo; who knows both goes on with the old certificate, and renews.
        using (var behind = world.EdgeClient(repository))
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => behind.AuthoritiesAsync(SiloWorld.Deadline));
        }

        var sentence = (await Assert.ThrowsAsync<EnrolmentException>(() => world.EnrolAsync(code))).Message;
        Assert.Contains("made before the provider", sentence, StringComparison.Ordinal);
        using var renewed = await RenewAsync(world, heardGateway);
        Assert.Equal(switched.Fingerprint, renewed.Trusts[0]);
        await SayAsync(world, renewed);
        using var fresh = await world.EnrolGatewayAsync("fresh");
        Assert.Equal([switched.Fingerprint, announced.Fingerprint], fresh.Trusts);
        await SayAsync(world, fresh);

        refused = await Assert.ThrowsAsync<ProblemException>(() => StepAsync(world, ManagementRoutes.AuthorityRetire));
        Assert.Contains("urn:headgate:repository:repo1", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("gtw1", refused.Message, StringComparison.Ordinal);
        using var live = world.EdgeClient(heardRepository);
        await live.AuthoritiesAsync(SiloWorld.Deadline);
        var retired = await StepAsync(world, ManagementRoutes.AuthorityRetire, force: true);
        Assert.Equal(["present"], retired.Roots.Select(root => root.State));
        Assert.Empty(retired.Behind);

        // On a connection that stood, with a certificate of the retired root.
        var ended = await Assert.ThrowsAsync<ProblemException>(() => live.GetAsync<RunGrant>(EdgeRoutes.Grants + "r-x.data.demo.test", SiloWorld.Deadline));
        Assert.Equal(ProblemCodes.Revoked, ended.Code);
        using var locked = world.EdgeClient(heardRepository);
        await Assert.ThrowsAsync<HttpRequestException>(() => locked.AuthoritiesAsync(SiloWorld.Deadline));
        using var dropped = await HearAsync(world, renewed);
        Assert.Equal([switched.Fingerprint], dropped.Trusts);

        var audited = await world.QueryAsync(db => ((SiloDbContext)db).Audit.Where(row => row.Kind.StartsWith("authority-")).OrderBy(row => row.Id).ToListAsync());
        Assert.Equal([("authority-next", "administrator"), ("authority-switched", "administrator"), ("authority-retired", "administrator")], audited.Select(row => (row.Kind, row.Who)));

        await world.StopAsync();
        await world.StartAsync();
        Assert.Equal(switched.Fingerprint, world.Authority.Fingerprint);
        await SayAsync(world, Moved(world, dropped));
    }

    [Fact]
    public async Task Switch_WhenForced_LetsWhoWasLockedOutEnrolAgain()
    {
        var world = new SiloWorld();
        await world.InitializeAsync();
        await using var disposal = world;
        await StepAsync(world, ManagementRoutes.AuthorityNext);
        var switched = await StepAsync(world, ManagementRoutes.AuthoritySwitch, force: true);

        using (var locked = world.EdgeClient(world.Gateway))
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => locked.AuthoritiesAsync(SiloWorld.Deadline));
        }

        var code = await world.PostAsync<CodeAnswer>($"{ManagementRoutes.Gateways}/gtw1/codes", new NewCode(3600));
        Assert.True(EnrolmentCode.TryParse(code.Code, out var parsed));
        using var again = await world.EnrolAsync(parsed);
        Assert.Equal(switched.Fingerprint, again.Trusts[0]);
        await SayAsync(world, again);
    }

    private static Task<AuthorityAnswer> StepAsync(SiloWorld world, string step, bool force = false) =>
        world.Admin.SendAsync<AuthorityAnswer>(HttpMethod.Post, step, new AuthorityStep(force), SiloWorld.Deadline);

    private static async Task<ProgramIdentity> HearAsync(SiloWorld world, ProgramIdentity identity)
    {
        using var client = world.EdgeClient(identity);
        var told = await client.AuthoritiesAsync(SiloWorld.Deadline);
        Assert.Equal(AuthorityNeed.Fetch, AuthorityNews.NeedOf(identity, client.Announced));
        Assert.True(client.News.IsCompleted);
        return identity.Trusting(told);
    }

    // Any request that needs a certificate says what the program trusts.
    private static async Task SayAsync(SiloWorld world, ProgramIdentity identity)
    {
        using var client = world.EdgeClient(identity);
        using var one = CancellationTokenSource.CreateLinkedTokenSource(SiloWorld.Deadline);
        await foreach (var happened in client.StreamAsync(null, one.Token))
        {
            Assert.Equal(EdgeEventKinds.Snapshot, happened.Kind);
            break;
        }
    }

    private static async Task<ProgramIdentity> RenewAsync(SiloWorld world, ProgramIdentity identity)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var csr = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=x", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSigningRequestPem();
        using var client = world.EdgeClient(identity);
        return identity.Renewed(key, await client.PostAsync<RenewalRequest, EnrolmentAnswer>(EdgeRoutes.Renew, new RenewalRequest(csr), SiloWorld.Deadline));
    }

    // The silo chose other ports.
    private static ProgramIdentity Moved(SiloWorld world, ProgramIdentity identity)
    {
        using var folder = new Headgate.Testing.TemporaryFolder();
        identity.Save(folder.Path);
        var place = Path.Combine(folder.Path, "identity.json");
        File.WriteAllText(place, File.ReadAllText(place).Replace($":{identity.Port}", $":{world.Edge.Port}", StringComparison.Ordinal));
        Assert.True(ProgramIdentity.TryLoad(folder.Path, out var moved));
        return moved;
    }
}
