using System.Net;
using System.Security.Cryptography;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Proxy;

namespace Headgate.EndToEnd.Tests.Security;

/// <summary>Somebody inside the SP's network dials the repository and the tenant API past the gateways.</summary>
[Collection(ProviderCollection.Name)]
public sealed class ProxyHeaderTests(Provider provider)
{
    private const string TenantApi = "cc." + World.Zone;

    [Fact]
    public async Task Repository_WhenTheHeaderIsOfARegisteredGateway_Answers()
    {
        var ticket = await provider.OpenRunAsync(provider.AcmeDesk);
        var key = await KeyAsync("repo1");
        RouteTests.AssertServed(await RepositoryAsync(ticket.ServerName, Header("gtw1", ticket.ServerName, key)), provider.AcmeSecret);
        await provider.FinishAsync(provider.AcmeDesk, ticket);
    }

    [Fact]
    public async Task Repository_WhenTheHeaderIsOfNobodyItKnows_ClosesUnanswered()
    {
        var ticket = await provider.OpenRunAsync(provider.AcmeDesk);
        var right = await KeyAsync("repo1");
        var guessed = RandomNumberGenerator.GetBytes(32);
        var changed = Header("gtw1", ticket.ServerName, right);
        changed[20] ^= 1;
        foreach (var header in new[]
        {
            [],
            Header("gtw9", ticket.ServerName, guessed),
            Header("gtw9", ticket.ServerName, right),
            Header("gtw2", ticket.ServerName, right),
            Header("gtw1", ticket.ServerName, guessed),
            Header("gtw1", ticket.ServerName, await KeyAsync("tenant-api")),
            changed,
            Unsigned(),
        })
        {
            AssertClosed(await RepositoryAsync(ticket.ServerName, header));
        }

        await provider.FinishAsync(provider.AcmeDesk, ticket);
    }

    [Fact]
    public async Task Repository_WhenTheHeaderNamesAnotherServerName_Refuses()
    {
        var mine = await provider.OpenRunAsync(provider.AcmeDesk);
        var theirs = await provider.OpenRunAsync(provider.BetaDesk);
        var key = await KeyAsync("repo1");
        AssertClosed(await RepositoryAsync(mine.ServerName, Header("gtw1", theirs.ServerName, key)));
        AssertClosed(await RepositoryAsync(theirs.ServerName, Header("gtw1", mine.ServerName, key)));
        await provider.FinishAsync(provider.AcmeDesk, mine);
        await provider.FinishAsync(provider.BetaDesk, theirs);
    }

    [Fact]
    public async Task Repository_WhenAGatewayIsStolen_StillAsksForTheTenantsCertificate()
    {
        var theirs = await provider.OpenRunAsync(provider.BetaDesk);
        var header = Header("gtw1", theirs.ServerName, await KeyAsync("repo1"));
        foreach (var identity in new[] { null, provider.World.IdentityOf("gtw1"), provider.AcmeDesk.Identity() })
        {
            new RouteTests(provider).AssertRefused(await TlsConnection.AskAsync(
                provider.World.AddressOf("repo1"), 6183, theirs.ServerName, Provider.Request("GET", "/desk/config", theirs.ServerName), identity, header));
        }

        await provider.FinishAsync(provider.BetaDesk, theirs);
    }

    [Fact]
    public async Task TenantApi_WhenTheHeaderIsNotOfARegisteredGateway_ClosesUnanswered()
    {
        var right = await KeyAsync("tenant-api");
        var served = await TenantApiAsync(Header("gtw1", TenantApi, right));
        Assert.Equal(200, served.Status);
        foreach (var header in new[]
        {
            [],
            Header("gtw9", TenantApi, RandomNumberGenerator.GetBytes(32)),
            Header("gtw2", TenantApi, right),
            Header("gtw1", TenantApi, RandomNumberGenerator.GetBytes(32)),
            Header("gtw1", TenantApi, await KeyAsync("repo1")),
            Unsigned(),
        })
        {
            AssertClosed(await TenantApiAsync(header));
        }
    }

    [Fact]
    public async Task Repository_WhenAGatewayIsRevoked_BelievesItNoLonger()
    {
        var name = "gtw" + provider.Fresh("3");
        (await provider.World.AdminAsync("gateway", "add", name, "--address", $"{provider.World.AddressOf("server")}:6199")).Succeeded();
        var code = await provider.World.CodeAsync("code", "gateway", name);
        var folder = provider.World.PathOf(name);
        (await Tool.RunAsync(Programs.Gateway, ["enroll", "--data", folder, code])).Succeeded();
        var key = await KeyAsync("repo1", name);
        var ticket = await provider.OpenRunAsync(provider.AcmeDesk);
        await Tool.UntilAsync(
            async () => (await RepositoryAsync(ticket.ServerName, Header(name, ticket.ServerName, key))).Status == 200, "the new gateway to be believed");

        (await provider.World.AdminAsync("gateway", "revoke", name)).Succeeded();
        await Tool.UntilAsync(
            async () => (await RepositoryAsync(ticket.ServerName, Header(name, ticket.ServerName, key))) is { Status: null, Text: "" },
            "the revoked gateway to be disbelieved", deadline: TimeSpan.FromSeconds(30));
        await provider.FinishAsync(provider.AcmeDesk, ticket);
    }

    private static void AssertClosed(Answer answer) => Assert.True(answer is { Status: null, Text: "" }, $"Expected the connection to be closed unanswered: {answer}");

    private static byte[] Header(string gateway, string authority, byte[] key) => new ProxyHeader(
        new IPEndPoint(IPAddress.Parse("192.0.2.7"), 40000), new IPEndPoint(IPAddress.Parse("192.0.2.8"), World.PublicPort), authority, gateway).Write(key);

    /// <summary>What any proxy of another make writes: version 2, TCP over IPv4, no TLV.</summary>
    private static byte[] Unsigned() =>
    [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12,
        192, 0, 2, 7, 192, 0, 2, 8, 0x9C, 0x40, 0x18, 0x24,
    ];

    private Task<Answer> RepositoryAsync(string serverName, byte[] header) => TlsConnection.AskAsync(
        provider.World.AddressOf("repo1"), 6183, serverName, Provider.Request("GET", "/desk/config", serverName), provider.AcmeDesk.Identity(), header);

    private Task<Answer> TenantApiAsync(byte[] header) => TlsConnection.AskAsync(
        provider.World.AddressOf("server"), 6182, TenantApi,
        Provider.Request("GET", "/v1/status", TenantApi, $"Headgate-Version: {Protocol.ProtocolVersion.Current}\r\n"), provider.AcmeDesk.Identity(), header);

    /// <summary>The key that <paramref name="gateway"/> shares with <paramref name="target"/>: what a thief of that gateway would hold.</summary>
    private async Task<byte[]> KeyAsync(string target, string gateway = "gtw1")
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var identity = provider.World.IdentityOf(gateway);
        using var client = new EdgeClient(identity, TimeProvider.System);
        await foreach (var happened in client.StreamAsync(null, patience.Token))
        {
            if (happened.Kind == EdgeEventKinds.Snapshot)
            {
                return happened.Read<GatewaySnapshot>().Targets.Single(known => known.Id == target).ProxyKey;
            }
        }

        throw new InvalidOperationException("The stream ended before a snapshot came.");
    }
}
