using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;

namespace Headgate.EndToEnd.Tests.Attackers;

/// <summary>
/// Somebody sits between two zones, or answers for their names (DNS): whoever dials the provider reaches him. He has a certificate of his own making, or one that he stole from a
/// gateway, a repository or a connector of the very same authority. That enrolment sends him no secret is in <c>EnrolmentTests</c>; the way from gateway to repository in
/// <c>ProxyHeaderTests</c>.
/// </summary>
[Collection(ProviderCollection.Name)]
public sealed class MiddleTests(Provider provider)
{
    [Fact]
    public async Task Connector_LedToSomebodyElse_SaysWhoAnsweredAndSendsNothing()
    {
        await using var taken = await Loot.RepositoryAsync(provider);
        var repository = taken.Identity;
        using var gateway = Loot.Take(provider, provider.World.PathOf("gtw1"));
        using var connector = Loot.Take(provider, provider.BetaDesk.Folder);
        using var own = OwnMaking("cc." + World.Zone, "my." + World.Zone, "edge." + World.Zone);
        foreach (var shown in new[] { own, gateway, repository, connector })
        {
            await using var middle = Listener.Start(Between(), World.PublicPort, shown);
            // One that never reached the provider: others go on over the gateways that they remember.
            var folder = Loot.Copy(provider, Path.Combine(provider.AcmeDesk.Folder, "headgate"));
            File.Delete(Path.Combine(folder, "settings.json"));
            Finished? told = null;
            await Tool.UntilAsync(
                async () =>
                {
                    told = await Tool.RunAsync(Programs.Connector, ["status", "--data", folder, "--resolve", $"cc.{World.Zone}={middle.Address}"]);
                    return !IsImpatient(told.Error);
                },
                "the connector to shake hands in time", () => told!.Error, TimeSpan.FromSeconds(60));

            Assert.NotEqual(0, told!.ExitCode);
            Assert.Matches("not of this provider's authority|it led to urn:headgate:[^ ]+ instead of", told.Error);
            Assert.DoesNotContain("   at ", told.Error, StringComparison.Ordinal);
            Assert.True(middle.Connections > 0, "Nobody dialled: the test shows nothing.");
            Assert.Equal(0, middle.BytesOfRequests);
        }
    }

    [Theory]
    [InlineData("gtw1")]
    [InlineData("repo1")]
    public async Task EdgeProgram_LedToSomebodyElse_SendsNothing(string program)
    {
        await using var taken = await Loot.RepositoryAsync(provider);
        var repository = taken.Identity;
        using var gateway = Loot.Take(provider, provider.World.PathOf("gtw1"));
        using var own = OwnMaking("edge." + World.Zone);
        var files = Directory.EnumerateFiles(provider.World.PathOf(program), "key.pem", SearchOption.AllDirectories).Single();
        foreach (var shown in new[] { own, gateway, repository })
        {
            await using var middle = Listener.Start(Between(), 6181, shown);
            using var identity = new ProgramIdentity(
                await File.ReadAllTextAsync(files), await File.ReadAllTextAsync(files.Replace("key.pem", "certificate.pem", StringComparison.Ordinal)),
                provider.World.IdentityOf(program).Authority.ExportCertificatePem(), World.Zone, middle.Address, 6181);
            using var client = new EdgeClient(identity, TimeProvider.System);

            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync<GatewayRoute>(EdgeRoutes.Routes + "cc." + World.Zone, CancellationToken.None));

            Assert.True(middle.Connections > 0, "Nobody dialled: the test shows nothing.");
            Assert.Equal(0, middle.BytesOfRequests);
        }
    }

    /// <summary>It gave up on us before it saw a certificate.</summary>
    private static bool IsImpatient(string error) =>
        error.Contains("no TLS handshake within", StringComparison.Ordinal) || error.Contains("no connection within", StringComparison.Ordinal);

    private string Between() => provider.World.AddressOf("gtw" + (40 + Random.Shared.Next(40)));

    private static ProgramIdentity OwnMaking(params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + names[0], key, HashAlgorithmName.SHA256);
        var alternative = new SubjectAlternativeNameBuilder();
        alternative.AddUri(new Uri("urn:headgate:silo:silo1"));
        foreach (var name in names)
        {
            alternative.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternative.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var pem = certificate.ExportCertificatePem();
        return new ProgramIdentity(key.ExportPkcs8PrivateKeyPem(), pem, pem, World.Zone, names[0], World.PublicPort);
    }

    /// <summary>Answers every connection with TLS under one certificate, and counts what the other side then says.</summary>
    private sealed class Listener : IAsyncDisposable
    {
        private readonly TcpListener _listener;
        private readonly ProgramIdentity _shown;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _accepting;
        private int _connections;
        private long _bytes;

        private Listener(string address, int port, ProgramIdentity shown)
        {
            (Address, _shown) = (address, shown);
            _listener = new TcpListener(IPAddress.Parse(address), port);
            _listener.Start();
            _accepting = AcceptAsync();
        }

        public string Address { get; }

        public int Connections => Volatile.Read(ref _connections);

        public long BytesOfRequests => Interlocked.Read(ref _bytes);

        public static Listener Start(string address, int port, ProgramIdentity shown) => new(address, port, shown);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _accepting;
            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                    Interlocked.Increment(ref _connections);
                    await ServeAsync(client);
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            limit.CancelAfter(TimeSpan.FromSeconds(10));
            await using var tls = new SslStream(client.GetStream());
            try
            {
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = _shown.CertificateContext,
                        EnabledSslProtocols = SslProtocols.Tls13,
                        ClientCertificateRequired = true,
                        RemoteCertificateValidationCallback = (_, _, _, _) => true,
                        ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                    },
                    limit.Token);
                var buffer = new byte[4096];
                while (await tls.ReadAsync(buffer, limit.Token) is > 0 and var count)
                {
                    Interlocked.Add(ref _bytes, count);
                }
            }
            catch (Exception fault) when (fault is AuthenticationException or IOException || (fault is OperationCanceledException && !_stop.IsCancellationRequested))
            {
                // Turned away, as it should be.
            }
        }
    }
}
