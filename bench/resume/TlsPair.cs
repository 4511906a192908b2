using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Resume;

namespace Headgate.Resume.Bench;

/// <summary>A TLS 1.3 connection over loopback with both of its ends.</summary>
internal sealed class TlsPair(Socket clientSocket, SslStream client, Socket serverSocket, SslStream server) : IDisposable
{
    private static readonly X509Certificate2 _certificate = MakeCertificate();

    public SslStream Client => client;

    public SslStream Server => server;

    public ResumeLeg ClientLeg { get; } = ResumeLeg.Over(client, () => clientSocket.Close(0));

    public ResumeLeg ServerLeg { get; } = ResumeLeg.Over(server, () => serverSocket.Close(0));

    /// <param name="isRelayed">Through a <see cref="Relay"/>, as all connections of a connector are.</param>
    public static async Task<TlsPair> ConnectAsync(bool isRelayed)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var clientSocket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var accepting = listener.AcceptAsync();
        await clientSocket.ConnectAsync(isRelayed ? Relay.Start(listener.LocalEndPoint!) : listener.LocalEndPoint!);
        var serverSocket = await accepting;
        serverSocket.NoDelay = true;
        var client = new SslStream(new NetworkStream(clientSocket, ownsSocket: true));
        var server = new SslStream(new NetworkStream(serverSocket, ownsSocket: true));
        var answering = server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = _certificate,
            EnabledSslProtocols = SslProtocols.Tls13,
            AllowTlsResume = false,
            ApplicationProtocols = [new SslApplicationProtocol(ResumeProtocol.Alpn)],
        });
        await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "bench.example.test",
            AllowTlsResume = false,
            ApplicationProtocols = [new SslApplicationProtocol(ResumeProtocol.Alpn)],
            // Its own certificate of a moment ago: what is measured begins after the handshake.
            RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null && shown.GetCertHashString() == _certificate.GetCertHashString(),
        });
        await answering;
        return new TlsPair(clientSocket, client, serverSocket, server);
    }

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=bench.example.test", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
