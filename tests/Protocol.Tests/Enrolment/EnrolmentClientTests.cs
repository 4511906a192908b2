using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Headgate.Protocol.Tests.Enrolment;

public sealed class EnrolmentClientTests
{
    private const string Secret = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    private readonly TestAuthority _authority = new();
    private int _secretsSeen;

    [Fact]
    public async Task EnrolAsync_WhenAllIsRight_HoldsACertificateForItsOwnKey()
    {
        await using var host = await SiloAsync(_authority, Silo("cc.example.com"));
        using var identity = await EnrolAsync(host, "cc.example.com", _authority.Fingerprint);
        Assert.Equal("acme/host1", identity.Identity.Id);
        Assert.Equal("example.com", identity.Zone);
        Assert.True(identity.Certificate.HasPrivateKey);
        Assert.Equal(1, _secretsSeen);
    }

    [Fact]
    public async Task EnrolAsync_WhenTheFingerprintDiffers_SendsNothing()
    {
        await using var host = await SiloAsync(_authority, Silo("cc.example.com"));
        var fault = await Assert.ThrowsAsync<EnrolmentException>(() => EnrolAsync(host, "cc.example.com", new TestAuthority().Fingerprint));
        Assert.Equal(EnrolmentFailure.WrongAuthority, fault.Failure);
        Assert.Equal(0, _secretsSeen);
    }

    [Fact]
    public async Task EnrolAsync_WhenAnImpostorShowsTheRightRoot_SendsNothing()
    {
        // The root is public: whoever stands between can answer it. The connection's own certificate is what counts.
        var impostor = new TestAuthority();
        await using var host = await SiloAsync(_authority, impostor.Issue(new CertificateIdentity(CertificateRole.Silo, "s1"), "cc.example.com"), impostor.Issuing);
        var fault = await Assert.ThrowsAsync<EnrolmentException>(() => EnrolAsync(host, "cc.example.com", _authority.Fingerprint));
        Assert.Equal(EnrolmentFailure.WrongServer, fault.Failure);
        Assert.Equal(0, _secretsSeen);
    }

    [Theory]
    [InlineData("urn:headgate:repository:repo1", "cc.example.com")]
    [InlineData("urn:headgate:silo:s1", "cc.example.org")]
    public async Task EnrolAsync_WhenTheServerHoldsAnotherRoleOrName_SendsNothing(string urn, string name)
    {
        await using var host = await SiloAsync(_authority, _authority.Issue(ECDsa.Create(), [urn], [name]));
        var fault = await Assert.ThrowsAsync<EnrolmentException>(() => EnrolAsync(host, "cc.example.com", _authority.Fingerprint));
        Assert.Equal(EnrolmentFailure.WrongServer, fault.Failure);
        Assert.Equal(0, _secretsSeen);
    }

    [Fact]
    public async Task EnrolAsync_WhenTheClockIsWrong_NamesBothTimes()
    {
        var leaf = _authority.Issue(
            ECDsa.Create(), ["urn:headgate:silo:s1"], ["cc.example.com"], DateTimeOffset.UtcNow.AddDays(1), DateTimeOffset.UtcNow.AddDays(2));
        await using var host = await SiloAsync(_authority, leaf);
        var fault = await Assert.ThrowsAsync<EnrolmentException>(() => EnrolAsync(host, "cc.example.com", _authority.Fingerprint));
        Assert.Equal(EnrolmentFailure.ClockWrong, fault.Failure);
        Assert.Contains(leaf.NotBefore.ToUniversalTime().ToString("u"), fault.Message, StringComparison.Ordinal);
        Assert.Equal(0, _secretsSeen);
    }

    [Fact]
    public async Task EnrolAsync_WhenTheSiloRefuses_CarriesItsSentence()
    {
        await using var host = await ApiHost.StartAsync(Silo("cc.example.com"), _authority.Issuing, app =>
        {
            app.MapGet(EdgeRoutes.Authority, () => _authority.Root.ExportCertificatePem());
            app.MapPost(EdgeRoutes.Enrol, () => Results.Problem(
                "This code was used.", statusCode: 403, extensions: new Dictionary<string, object?> { ["code"] = ProblemCodes.CodeUsed }));
        });
        var fault = await Assert.ThrowsAsync<ProblemException>(() => EnrolAsync(host, "cc.example.com", _authority.Fingerprint));
        Assert.Equal(ProblemCodes.CodeUsed, fault.Code);
        Assert.Equal("This code was used.", fault.Message);
    }

    [Fact]
    public async Task EnrolAsync_WhenNobodyListens_IsUnreachable()
    {
        var fault = await Assert.ThrowsAsync<EnrolmentException>(() => EnrolmentClient.EnrolAsync(
            new EnrolmentCode(CertificateRole.Connector, "acme", Secret, "cc.example.com", 6180, _authority.Fingerprint),
            _ => throw new IOException("no route"),
            "host1",
            TimeProvider.System,
            TestContext.Current.CancellationToken));
        Assert.Equal(EnrolmentFailure.Unreachable, fault.Failure);
        Assert.Contains("no route", fault.Message, StringComparison.Ordinal);
    }

    private X509Certificate2 Silo(string name) => _authority.Issue(new CertificateIdentity(CertificateRole.Silo, "s1"), name);

    private Task<ApiHost> SiloAsync(TestAuthority shown, X509Certificate2 leaf, X509Certificate2? issuing = null) =>
        ApiHost.StartAsync(leaf, issuing ?? shown.Issuing, app =>
        {
            app.MapGet(EdgeRoutes.Authority, () => shown.Root.ExportCertificatePem());
            app.MapPost(EdgeRoutes.Enrol, async (HttpRequest http) =>
            {
                var request = (EnrolmentRequest)(await http.ReadFromJsonAsync(typeof(EnrolmentRequest), ProtocolJson.Default))!;
                Interlocked.Increment(ref _secretsSeen);
                var issued = shown.Sign(request.Csr, CertificateRole.Connector, "acme/" + request.Host);
                return Results.Json(new EnrolmentAnswer("urn:headgate:connector:acme/host1", "example.com", issued, shown.Root.ExportCertificatePem()), ProtocolJson.Default);
            });
        });

    private static Task<ProgramIdentity> EnrolAsync(ApiHost host, string name, string fingerprint) => EnrolmentClient.EnrolAsync(
        new EnrolmentCode(CertificateRole.Connector, "acme", Secret, name, host.Port, fingerprint),
        async token =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync("127.0.0.1", host.Port, token);
            return new NetworkStream(socket, ownsSocket: true);
        },
        "host1",
        TimeProvider.System,
        TestContext.Current.CancellationToken);
}
