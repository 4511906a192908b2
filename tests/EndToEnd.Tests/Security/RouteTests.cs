using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;

namespace Headgate.EndToEnd.Tests.Security;

/// <summary>One tenant reaches for another's data over routes. Every refusal stands beside the same request that is served when it is the owner's.</summary>
[Collection(ProviderCollection.Name)]
public sealed class RouteTests(Provider provider)
{
    [Fact]
    public async Task Route_WhenAnotherTenantComes_IsRefused()
    {
        var ticket = await provider.OpenRunAsync(provider.BetaDesk);
        AssertServed(await provider.GetAsync(ticket.ServerName, provider.BetaDesk.Identity()), provider.BetaSecret);
        AssertRefused(await provider.GetAsync(ticket.ServerName, provider.AcmeDesk.Identity()));
        await provider.FinishAsync(provider.BetaDesk, ticket);
    }

    [Fact]
    public async Task Route_WhenAnotherMachineOfTheSameTenantComes_IsRefused()
    {
        var other = await provider.Beta.EnrolAsync(provider.Fresh("other"));
        var ticket = await provider.OpenRunAsync(provider.BetaDesk);
        AssertRefused(await provider.GetAsync(ticket.ServerName, other.Identity()));
        AssertServed(await provider.GetAsync(ticket.ServerName, provider.BetaDesk.Identity()), provider.BetaSecret);
        await provider.FinishAsync(provider.BetaDesk, ticket);
    }

    [Fact]
    public async Task Route_WhenNoCertificateComes_IsRefusedEvenWithAnAccessKey()
    {
        var ticket = await provider.OpenRunAsync(provider.BetaDesk);
        var key = await provider.Beta.AccessKeyAsync();
        var basic = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"{key.GetProperty("key").GetString()}:{key.GetProperty("secret").GetString()}"));
        AssertRefused(await TlsConnection.AskAsync(
            provider.GatewayAddress, World.PublicPort, ticket.ServerName,
            Provider.Request("GET", "/desk/config", ticket.ServerName, $"Authorization: Basic {basic}\r\n")));
        await provider.FinishAsync(provider.BetaDesk, ticket);
    }

    [Fact]
    public async Task Route_WhenItIsOnesOwn_ServesOnesOwnWhateverHostAndAuthorizationSay()
    {
        var mine = await provider.OpenRunAsync(provider.AcmeDesk);
        var theirs = await provider.OpenRunAsync(provider.BetaDesk);
        var key = await provider.Beta.AccessKeyAsync();
        var basic = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"{key.GetProperty("key").GetString()}:{key.GetProperty("secret").GetString()}"));
        foreach (var host in new[] { mine.ServerName, theirs.ServerName, key.GetProperty("accessName").GetString()! })
        {
            var answer = await TlsConnection.AskAsync(
                provider.GatewayAddress, World.PublicPort, mine.ServerName,
                Provider.Request("GET", "/desk/config", host, $"Authorization: Basic {basic}\r\n"), provider.AcmeDesk.Identity());
            AssertServed(answer, provider.AcmeSecret);
        }

        await provider.FinishAsync(provider.AcmeDesk, mine);
        await provider.FinishAsync(provider.BetaDesk, theirs);
    }

    [Fact]
    public async Task Route_WhenItsRunIsFinished_EndsLiveConnectionsAndTakesNoNewOnes()
    {
        var ticket = await provider.OpenRunAsync(provider.AcmeDesk);
        await using var live = await TlsConnection.OpenAsync(
            provider.GatewayAddress, World.PublicPort, ticket.ServerName, provider.AcmeDesk.Identity());
        await live.SendAsync($"HEAD /desk/config HTTP/1.1\r\nHost: {ticket.ServerName}\r\n\r\n");
        Assert.Equal(200, (await live.ReadHeadAsync()).Status);

        await provider.FinishAsync(provider.AcmeDesk, ticket);
        await live.ReadToEndAsync(TimeSpan.FromSeconds(30));
        foreach (var gateway in provider.World.GatewayNames)
        {
            // Each gateway hears of it by itself.
            Answer? answer = null;
            await Tool.UntilAsync(
                async () => (answer = await TlsConnection.AskAsync(
                    provider.World.AddressOf(gateway), World.PublicPort, ticket.ServerName,
                    Provider.Request("GET", "/desk/config", ticket.ServerName), provider.AcmeDesk.Identity())).Status != 200,
                $"the closed route to be refused by {gateway}", () => provider.World.Logs);
            AssertRefused(answer!);
        }
    }

    [Fact]
    public async Task Route_WhenTheRunOnlyReads_CannotBeWrittenThrough()
    {
        using var api = provider.ApiOf(provider.AcmeDesk);
        var ticket = await api.OpenRunAsync(provider.Fresh("job"), readsOnly: true);
        AssertServed(await provider.GetAsync(ticket.ServerName, provider.AcmeDesk.Identity()), provider.AcmeSecret);
        var bytes = RandomNumberGenerator.GetBytes(64);
        var name = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var write = await TlsConnection.AskAsync(
            provider.GatewayAddress, World.PublicPort, ticket.ServerName,
            Provider.Request("POST", "/desk/data/" + name, ticket.ServerName, "Content-Length: 64\r\n") + System.Text.Encoding.Latin1.GetString(bytes),
            provider.AcmeDesk.Identity());
        Assert.Equal(403, write.Status);
        await api.FinishAsync(ticket);
    }

    [Fact]
    public async Task Route_WhenTheCertificateHasEnded_IsRefused()
    {
        using var root = new StolenRoot(provider.World);
        var now = DateTimeOffset.UtcNow;
        var ticket = await provider.OpenRunAsync(provider.AcmeDesk);
        var who = provider.AcmeDesk.Identity().Identity;
        using var valid = root.Make(who, now.AddDays(-1), now.AddDays(1));
        using var expired = root.Make(who, now.AddDays(-91), now.AddDays(-1));
        using var early = root.Make(who, now.AddDays(1), now.AddDays(2));
        AssertServed(await provider.GetAsync(ticket.ServerName, valid), provider.AcmeSecret);
        AssertRefused(await provider.GetAsync(ticket.ServerName, expired));
        AssertRefused(await provider.GetAsync(ticket.ServerName, early));
        await provider.FinishAsync(provider.AcmeDesk, ticket);
    }

    [Fact]
    public async Task Route_WhenTheCertificateIsOfAnotherAuthority_IsRefused()
    {
        var ticket = await provider.OpenRunAsync(provider.AcmeDesk);
        using var foreign = SelfSigned(provider.AcmeDesk.Identity().Identity);
        AssertRefused(await provider.GetAsync(ticket.ServerName, foreign));
        await provider.FinishAsync(provider.AcmeDesk, ticket);
    }

    [Theory]
    [InlineData("gtw1")]
    [InlineData("repo1")]
    public async Task Route_WhenTheCertificateIsOfAnotherRole_IsRefused(string program)
    {
        var ticket = await provider.OpenRunAsync(provider.AcmeDesk);
        AssertRefused(await provider.GetAsync(ticket.ServerName, provider.World.IdentityOf(program)));
        await provider.FinishAsync(provider.AcmeDesk, ticket);
    }

    [Fact]
    public async Task Server_AfterAHandshake_LetsNoSessionBeResumed()
    {
        var ticket = await provider.OpenRunAsync(provider.AcmeDesk);
        var certificate = Directory.EnumerateFiles(provider.AcmeDesk.Folder, "certificate.pem", SearchOption.AllDirectories).Single();
        var key = await provider.Acme.AccessKeyAsync();
        var access = key.GetProperty("accessName").GetString()!;
        var sessions = new Dictionary<string, string>();
        foreach (var name in new[] { ticket.ServerName, access, "cc.demo.test" })
        {
            sessions[name] = Path.Combine(provider.World.Folder, provider.Fresh("session"));
            var first = await ClientAsync(name, certificate, "-sess_out", sessions[name]);
            Assert.Contains("HTTP/1.1 ", first.Output, StringComparison.Ordinal);
            Assert.Contains("New, TLSv1.3", first.Output, StringComparison.Ordinal);
        }

        // OpenSSL may hand out a ticket that names a session it did not keep: what counts is that none can be come back with, for any name.
        foreach (var (from, session) in sessions.Where(session => File.Exists(session.Value)))
        {
            foreach (var name in sessions.Keys)
            {
                var second = await ClientAsync(name, certificate, "-sess_in", session);
                Assert.True(!second.Output.Contains("Reused", StringComparison.Ordinal), $"A session of {from} was resumed for {name}.");
            }

            var stranger = await ClientAsync(ticket.ServerName, null, "-sess_in", session);
            Assert.DoesNotContain("HTTP/1.1 200", stranger.Output, StringComparison.Ordinal);
        }

        await provider.FinishAsync(provider.AcmeDesk, ticket);
    }

    /// <summary>openssl's client, one request, until the other side ends it.</summary>
    private Task<Finished> ClientAsync(string name, string? certificate, params string[] more)
    {
        string[] own = certificate is null
            ? []
            : ["-cert", certificate, "-cert_chain", certificate, "-key", Path.Combine(Path.GetDirectoryName(certificate)!, "key.pem")];
        return Tool.RunAsync(
            "openssl",
            ["s_client", "-connect", $"{provider.GatewayAddress}:{World.PublicPort}", "-servername", name, "-alpn", "http/1.1",
                "-CAfile", provider.AuthorityFile, "-ign_eof", .. own, .. more],
            input: System.Text.Encoding.ASCII.GetBytes(Provider.Request("GET", "/desk/locks/", name)));
    }

    internal static void AssertServed(Answer answer, string body)
    {
        Assert.True(answer.Status == 200, $"Expected to be served: {answer}");
        Assert.Equal(body, answer.Body);
    }

    /// <summary>Refused in the handshake, or 403 in words; never a byte of anybody's data.</summary>
    internal void AssertRefused(Answer answer)
    {
        Assert.True(answer.Status is 403 || (answer.Text.Length == 0 && answer.Status is null), $"Expected a refusal: {answer}");
        Assert.DoesNotContain(provider.BetaSecret, answer.Text, StringComparison.Ordinal);
    }

    private static ProgramIdentity SelfSigned(CertificateIdentity identity)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=self", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(identity.ToUrn()));
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var pem = certificate.ExportCertificatePem();
        return new ProgramIdentity(key.ExportPkcs8PrivateKeyPem(), pem, pem, World.Zone, "cc." + World.Zone, World.PublicPort);
    }
}
