using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests.Security;

/// <summary>Enrolment codes in the wrong hands, and signing requests that ask for more than a code gives.</summary>
[Collection(ProviderCollection.Name)]
public sealed class EnrolmentTests(Provider provider)
{
    [Fact]
    public async Task Enrol_WhenTheRequestAsksForAnotherRoleAndNames_GivesAConnectorsCertificateOnly()
    {
        var code = await CodeAsync("connector", "acme");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=edge.demo.test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri("urn:headgate:silo:silo1"));
        names.AddUri(new Uri("urn:headgate:connector:beta/desk"));
        names.AddDnsName("*.demo.test");
        names.AddDnsName("*.data.demo.test");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        var host = provider.Fresh("greedy");

        var answer = await EnrolAsync("connector", "acme", code.Secret, request.CreateSigningRequestPem(), host);

        using var leaf = X509Certificate2.CreateFromPem(answer.Certificate);
        Assert.Equal($"urn:headgate:connector:acme/{host}", answer.Identity);
        Assert.Equal(new CertificateIdentity(CertificateRole.Connector, $"acme/{host}"), CertificateIdentity.Of(leaf));
        Assert.Empty(leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.2"],
            leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(usage => usage.Value!));
        Assert.DoesNotContain("edge", leaf.Subject, StringComparison.Ordinal);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), leaf.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task Enrol_WhenTheCodeIsUsedByAnotherMachine_SaysSo()
    {
        var code = (await CodeAsync("connector", "acme")).Format();
        var first = new Machine(provider.World, "acme", provider.Fresh("first"));
        var second = new Machine(provider.World, "acme", provider.Fresh("second"));
        (await first.HeadgateAsync("enroll", code, "--host-name", first.HostName)).Succeeded();

        var refused = await second.HeadgateAsync("enroll", code, "--host-name", second.HostName);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("used", refused.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(second.Folder, "identity.json", SearchOption.AllDirectories));
        (await first.HeadgateAsync("status")).Succeeded();
    }

    [Fact]
    public async Task Enrol_WhenTheSameKeyAsksAgain_GetsTheSameAnswer()
    {
        var code = await CodeAsync("connector", "acme");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest("CN=again", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var host = provider.Fresh("again");
        var first = await EnrolAsync("connector", "acme", code.Secret, csr, host);
        var second = await EnrolAsync("connector", "acme", code.Secret, csr, host);
        Assert.Equal(first, second);

        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var refusal = await Assert.ThrowsAsync<ProblemException>(() => EnrolAsync(
            "connector", "acme", code.Secret, new CertificateRequest("CN=again", other, HashAlgorithmName.SHA256).CreateSigningRequestPem(), host));
        Assert.Equal(ProblemCodes.CodeUsed, refusal.Code);
    }

    [Fact]
    public async Task Enrol_WhenTheCodeIsForAnotherRoleOrTenant_IsRefusedAndNotSpent()
    {
        var code = await CodeAsync("connector", "acme");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest("CN=other", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var refusal = await Assert.ThrowsAsync<ProblemException>(() => EnrolAsync("connector", "beta", code.Secret, csr, "other"));
        Assert.Equal(ProblemCodes.CodeRefused, refusal.Code);
        Assert.Equal(403, (int)refusal.Status);

        // The public name enrols connectors only; the edge API takes gateways and repositories, with their own codes.
        foreach (var (role, subject) in new[] { (CertificateRole.Gateway, "gtw1"), (CertificateRole.Repository, "repo1") })
        {
            refusal = await Assert.ThrowsAsync<ProblemException>(() => EnrolAsync(role.ToString().ToLowerInvariant(), subject, code.Secret, csr, "other"));
            Assert.Equal(ProblemCodes.Invalid, refusal.Code);
            refusal = await Assert.ThrowsAsync<ProblemException>(() => EnrolAtEdgeAsync(code with { Role = role, Subject = subject }));
            Assert.Equal(ProblemCodes.CodeRefused, refusal.Code);
        }

        var machine = new Machine(provider.World, "acme", provider.Fresh("unspent"));
        (await machine.HeadgateAsync("enroll", code.Format(), "--host-name", machine.HostName)).Succeeded();
    }

    [Fact]
    public async Task Enrol_WhenAProgramIsGivenAnothersCode_SaysWhatItIsFor()
    {
        var world = provider.World;
        var connector = (await CodeAsync("connector", "acme")).Format();
        var gateway = (await CodeAsync("gateway", "gtw1")).Format();
        var machine = new Machine(world, "acme", provider.Fresh("confused"));
        foreach (var (refused, sentence) in new[]
        {
            (await machine.HeadgateAsync("enroll", gateway, "--host-name", machine.HostName), "code is for a gateway"),
            (await Tool.RunAsync(Programs.Gateway, ["enroll", "--data", world.PathOf(provider.Fresh("confused")), connector]), "not a gateway's enrolment code"),
            (await Tool.RunAsync(Programs.Repository, ["enroll", "--data", world.PathOf(provider.Fresh("confused")), gateway]), "not an enrolment code for a repository"),
        })
        {
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains(sentence, refused.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Enrol_WhenTheCodeHasExpired_SaysSo()
    {
        var machine = new Machine(provider.World, "acme", provider.Fresh("late"));
        await Tool.UntilAsync(() => DateTimeOffset.UtcNow > provider.ExpiringCodeEnds, "the code to expire", deadline: TimeSpan.FromMinutes(2));
        var refused = await machine.HeadgateAsync("enroll", provider.ExpiringCode, "--host-name", machine.HostName);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Matches("ended at 20[0-9-]+ [0-9:]+", refused.Error);
    }

    [Fact]
    public async Task Enrol_WhenTheCodeNamesAnotherAuthority_SendsNothing()
    {
        var code = await CodeAsync("connector", "acme");
        var forged = code with { Fingerprint = Base32.Encode(RandomNumberGenerator.GetBytes(32)) };
        var machine = new Machine(provider.World, "acme", provider.Fresh("forged"));
        var refused = await machine.HeadgateAsync("enroll", forged.Format(), "--host-name", machine.HostName);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(code.Fingerprint, refused.Error, StringComparison.Ordinal);
        (await machine.HeadgateAsync("enroll", code.Format(), "--host-name", machine.HostName)).Succeeded();
    }

    private async Task<EnrolmentCode> CodeAsync(string role, string subject)
    {
        var text = await provider.World.CodeAsync("code", role, subject);
        return EnrolmentCode.TryParse(text, out var code) ? code : throw new InvalidOperationException("The server printed something that is not a code.");
    }

    /// <summary>At the edge API, as a gateway or repository does.</summary>
    private Task<ProgramIdentity> EnrolAtEdgeAsync(EnrolmentCode code) => EnrolmentClient.EnrolAsync(
        code with { Host = provider.World.AddressOf("server"), Port = 6181 },
        async token =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Parse(provider.World.AddressOf("server")), 6181, token);
            return new NetworkStream(socket, ownsSocket: true);
        },
        "other",
        TimeProvider.System,
        CancellationToken.None);

    private async Task<EnrolmentAnswer> EnrolAsync(string role, string subject, string secret, string csr, string host)
    {
        using var api = new ConnectorApi(provider.World, "gtw1", null);
        return await api.PostAsync<EnrolmentRequest, EnrolmentAnswer>(TenantRoutes.Enrol, new EnrolmentRequest(role, subject, secret, csr, host));
    }
}
