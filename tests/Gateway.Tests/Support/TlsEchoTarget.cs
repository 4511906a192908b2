using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Proxy;

namespace Headgate.Gateway.Tests.Support;

/// <summary>A target: checks the PROXY header, then TLS, then sends back what comes (or answers one HTTP request).</summary>
internal sealed class TlsEchoTarget : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;

    public TlsEchoTarget(string id)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = new CertificateRequest("CN=target", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _certificate = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null);
        _listener.Start();
        Target = new RelayTarget(id, "127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, _key);
        _accepting = AcceptAsync();
    }

    public RelayTarget Target { get; }

    /// <summary>Headers of connections, in order of arrival.</summary>
    public ConcurrentQueue<ProxyHeader> Headers { get; } = new();

    /// <summary>What was wrong with connections that were not served.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <summary>Answers one HTTP request with this body, instead of echoing.</summary>
    public string? HttpBody { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _certificate.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var accepted = await _listener.AcceptSocketAsync(_stop.Token);
                _connections.Add(ServeAsync(accepted));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var raw = new NetworkStream(socket, ownsSocket: true);
            var (header, rest) = await ReadHeaderAsync(raw);
            Headers.Enqueue(header);
            await using var tls = new SslStream(new PrefixedStream(rest, raw));
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = _certificate, EnabledSslProtocols = SslProtocols.Tls13 | SslProtocols.Tls12 },
                _stop.Token);
            if (tls.TargetHostName != header.Authority)
            {
                throw new InvalidDataException($"PROXY says {header.Authority}, TLS says {tls.TargetHostName}.");
            }

            var buffer = new byte[32 * 1024];
            while (await tls.ReadAsync(buffer, _stop.Token) is > 0 and var read)
            {
                if (HttpBody is { } body)
                {
                    await tls.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"), _stop.Token);
                    break;
                }

                await tls.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }

            await tls.ShutdownAsync();
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            Faults.Enqueue(e.GetType().Name + ": " + e.Message);
        }
    }

    private async Task<(ProxyHeader Header, byte[] Left)> ReadHeaderAsync(NetworkStream stream)
    {
        var buffer = new byte[32 * 1024];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), _stop.Token);
            if (read == 0)
            {
                throw new EndOfStreamException("No PROXY header.");
            }

            length += read;
            var sequence = new ReadOnlySequence<byte>(buffer, 0, length);
            switch (ProxyHeader.TryRead(ref sequence, _ => _key, out var header))
            {
                case ProxyReadStatus.Ok:
                    return (header!, sequence.ToArray());
                case ProxyReadStatus.NeedMore:
                    break;
                case var refused:
                    throw new InvalidDataException($"PROXY header: {refused}.");
            }
        }
    }
}
