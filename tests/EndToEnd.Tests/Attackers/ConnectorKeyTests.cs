using System.Security.Cryptography;
using System.Text;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests.Attackers;

/// <summary>
/// Somebody has a connector's state folder: one machine of one tenant. What of other tenants he cannot reach is in <c>RouteTests</c> and <c>RunOwnershipTests</c>; that the edge API
/// refuses him, and what becomes of a revoked one's connections, in <c>CertificateRoleTests</c>; that a used code gives him no second identity, in <c>EnrolmentTests</c>.
/// </summary>
[Collection(ProviderCollection.Name)]
public sealed class ConnectorKeyTests(Provider provider)
{
    [Fact]
    public async Task Thief_SeesWhatItsTenantDoesAndNothingOfOthers()
    {
        var other = await provider.Acme.EnrolAsync(provider.Fresh("laptop"));
        var mine = await provider.OpenRunAsync(other);
        var theirs = await provider.OpenRunAsync(provider.BetaDesk);
        using var identity = Loot.Take(provider, provider.AcmeDesk.Folder);
        using var api = new ConnectorApi(provider.World, "gtw1", identity);

        var status = await api.GetAsync<TenantStatusAnswer>(TenantRoutes.Status);
        var list = await api.GetAsync<GatewayList>(TenantRoutes.Gateways);

        // He can: read the tenant's jobs, on whichever machine, its quotas, and the gateways that it may use.
        Assert.Contains(status.Jobs, job => job.Job == mine.Job);
        Assert.Contains(status.Quotas, quota => quota.Repository == "repo1");
        Assert.NotEmpty(list.Gateways);
        Assert.DoesNotContain(status.Jobs, job => job.Job == theirs.Job);
        Assert.Equal("acme", status.Tenant);
        await provider.FinishAsync(other, mine);
        await provider.FinishAsync(provider.BetaDesk, theirs);
    }

    [Fact]
    public async Task Thief_CannotTouchARunOfAnotherMachineOfItsTenant()
    {
        var other = await provider.Acme.EnrolAsync(provider.Fresh("laptop"));
        var theirs = await provider.OpenRunAsync(other);
        using var api = provider.ApiOf(provider.AcmeDesk);
        PathEntry[] path = [];

        foreach (var attempt in new Func<Task>[]
        {
            () => api.PostAsync<ProgressRequest, ProgressAnswer>(TenantRoutes.Progress(theirs.Job, theirs.Run), new ProgressRequest(theirs.Attempt, RunState.Running, 0, path)),
            () => api.PostAsync<NextAttemptRequest, RunTicket>(TenantRoutes.Attempts(theirs.Job, theirs.Run), new NextAttemptRequest(theirs.Attempt, 1, "taken over", path)),
            () => api.FinishAsync(theirs),
            () => api.OpenRunAsync(theirs.Job, readsOnly: true),
        })
        {
            Assert.Equal(ProblemCodes.RunClosed, (await Assert.ThrowsAsync<ProblemException>(attempt)).Code);
        }

        new Security.RouteTests(provider).AssertRefused(await provider.GetAsync(theirs.ServerName, provider.AcmeDesk.Identity()));
        Security.RouteTests.AssertServed(await provider.GetAsync(theirs.ServerName, other.Identity()), provider.AcmeSecret);
        await provider.FinishAsync(other, theirs);
    }

    [Theory]
    [InlineData("--append-only", 403)]
    [InlineData(null, 200)]
    public async Task Thief_ReadsAllOfItsTenant_AndDeletesOnlyWithFullRights(string? level, int deleted)
    {
        var machine = await provider.Acme.EnrolAsync(provider.Fresh("rights"), level is null ? [] : [level]);
        var ticket = await provider.OpenRunAsync(machine, readsOnly: false);
        using var identity = Loot.Take(provider, machine.Folder);
        Task<Answer> AskAsync(string method, string target, string body = "") => TlsConnection.AskAsync(
            provider.GatewayAddress, World.PublicPort, ticket.ServerName,
            Provider.Request(method, target, ticket.ServerName, $"Content-Length: {body.Length}\r\n") + body, identity);

        // He can: read every machine's restic repository (as ciphertext: the tenant's password is not in the folder), and add to it.
        Security.RouteTests.AssertServed(await AskAsync("GET", "/desk/config"), provider.AcmeSecret);
        var body = $"added by a thief: {ticket.ServerName}";
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(body)));
        Assert.Equal(200, (await AskAsync("POST", $"/{machine.HostName}/?create=true")).Status);
        Assert.Equal(200, (await AskAsync("POST", $"/{machine.HostName}/keys/{name}", body)).Status);
        Assert.Equal(deleted, (await AskAsync("DELETE", $"/{machine.HostName}/keys/{name}")).Status);
        Assert.Equal(200, (await AskAsync("POST", $"/desk/locks/{name}", body)).Status);
        Assert.Equal(200, (await AskAsync("DELETE", $"/desk/locks/{name}")).Status);
        Assert.Equal(403, (await AskAsync("POST", "/desk/config", "another")).Status);
        Security.RouteTests.AssertServed(await AskAsync("GET", "/desk/config"), provider.AcmeSecret);
        await provider.FinishAsync(machine, ticket);
    }

    [Fact]
    public async Task Thief_WhoRenewedTheCertificate_IsOutOnceTheConnectorIsRevoked()
    {
        var host = provider.Fresh("renewed");
        var machine = await provider.Acme.EnrolAsync(host, "--append-only");
        using var stolen = Loot.Take(provider, machine.Folder);
        using var before = new ConnectorApi(provider.World, "gtw1", stolen);
        using var renewed = await Loot.RenewAsync(stolen, request => before.PostAsync<RenewalRequest, EnrolmentAnswer>(TenantRoutes.Renew, request));
        using var after = new ConnectorApi(provider.World, "gtw1", renewed);
        Assert.Equal(stolen.Identity, renewed.Identity);
        Assert.Equal("acme", (await after.GetAsync<TenantStatusAnswer>(TenantRoutes.Status)).Tenant);

        // A renewal raises no rights.
        var tenant = await provider.World.AdminJsonAsync("tenant", "show", "acme");
        Assert.Contains("AppendOnly", tenant.GetProperty("connectors").EnumerateArray().Single(row => row.GetProperty("host").GetString() == host).GetRawText(), StringComparison.OrdinalIgnoreCase);

        (await provider.World.AdminAsync("connector", "revoke", "acme", host)).Succeeded();

        foreach (var api in new[] { before, after })
        {
            ProblemException? refusal = null;
            await Tool.UntilAsync(
                async () => (refusal = await RefusalAsync(() => api.GetAsync<TenantStatusAnswer>(TenantRoutes.Status))) is not null, "the certificate to be refused",
                deadline: TimeSpan.FromSeconds(30));
            Assert.Equal(ProblemCodes.Revoked, refusal!.Code);
            Assert.Equal(ProblemCodes.Revoked, (await Assert.ThrowsAsync<ProblemException>(() => api.PostAsync<RenewalRequest, EnrolmentAnswer>(TenantRoutes.Renew, new RenewalRequest("")))).Code);
            Assert.Equal(ProblemCodes.Revoked, (await Assert.ThrowsAsync<ProblemException>(() => api.OpenRunAsync("again"))).Code);
        }
    }

    private static async Task<ProblemException?> RefusalAsync(Func<Task> ask)
    {
        try
        {
            await ask();
            return null;
        }
        catch (ProblemException refusal)
        {
            return refusal;
        }
    }
}
