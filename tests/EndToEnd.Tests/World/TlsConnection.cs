using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Headgate.Protocol.Enrolment;

namespace Headgate.EndToEnd.Tests;

/// <summary>
/// A TLS 1.3 client that a test holds in its hands: any server name, any certificate, any bytes in front, any request. It trusts whoever answers,
/// because what is tested is whom the other side trusts.
/// </summary>
internal sealed class TlsConnection : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly SslStream _tls;

    private TlsConnection(SslStream tls) => _tls = tls;

    /// <summary>The certificate that the server showed.</summary>
    public X509Certificate2 Server => X509CertificateLoader.LoadCertificate(_tls.RemoteCertificate!.GetRawCertData());

    /// <summary>Dials and shakes hands.</summary>
    /// <exception cref="AuthenticationException">Refused with an alert.</exception>
    /// <exception cref="IOException">Refused without one.</exception>
    public static async Task<TlsConnection> OpenAsync(
        string address, int port, string serverName, ProgramIdentity? identity = null, byte[]? before = null)
    {
        using var patience = new CancellationTokenSource(s_patience);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Parse(address), port, patience.Token);
        var stream = new NetworkStream(socket, ownsSocket: true);
        await stream.WriteAsync(before ?? [], patience.Token);
        var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = serverName,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    ClientCertificateContext = identity?.CertificateContext,
                    AllowTlsResume = false,
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                },
                patience.Token);
            return new TlsConnection(tls);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// One request on a connection of its own, and all that comes back until the end. In TLS 1.3 a server refuses a client's certificate only after
    /// the client's handshake is done, so a refusal may come at any of the steps.
    /// </summary>
    public static async Task<Answer> AskAsync(
        string address, int port, string serverName, string request, ProgramIdentity? identity = null, byte[]? before = null)
    {
        try
        {
            await using var connection = await OpenAsync(address, port, serverName, identity, before);
            return await connection.AskAsync(request);
        }
        catch (Exception fault) when (fault is IOException or AuthenticationException or SocketException)
        {
            return new Answer("", fault.Message + " " + fault.InnerException?.Message);
        }
    }

    /// <summary>Sends <paramref name="request"/> as it is and reads to the end.</summary>
    public async Task<Answer> AskAsync(string request)
    {
        try
        {
            await SendAsync(request);
        }
        catch (IOException fault)
        {
            return new Answer("", fault.Message);
        }

        return await ReadToEndAsync();
    }

    public async Task SendAsync(string request)
    {
        using var patience = new CancellationTokenSource(s_patience);
        await _tls.WriteAsync(Encoding.Latin1.GetBytes(request), patience.Token);
    }

    /// <summary>Reads until the other side ends the connection; past <paramref name="deadline"/> the test fails.</summary>
    public async Task<Answer> ReadToEndAsync(TimeSpan? deadline = null)
    {
        using var patience = new CancellationTokenSource(deadline ?? s_patience);
        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            while (await _tls.ReadAsync(buffer, patience.Token) is > 0 and var count)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }

            return new Answer(text.ToString(), null);
        }
        catch (IOException fault)
        {
            return new Answer(text.ToString(), fault.Message);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The connection was not ended within {(deadline ?? s_patience).TotalSeconds:0} s. It said: {text}");
            throw;
        }
    }

    /// <summary>Reads what has come, at most <paramref name="bytes"/>; 0 when the other side ended the connection.</summary>
    /// <exception cref="IOException">It broke.</exception>
    public ValueTask<int> ReadSomeAsync(int bytes, CancellationToken cancellationToken) => _tls.ReadAsync(new byte[bytes], cancellationToken);

    /// <summary>Reads until a header's end has come, and leaves the connection open; answers what came.</summary>
    public async Task<Answer> ReadHeadAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        var text = new StringBuilder();
        var buffer = new byte[1];
        try
        {
            while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                if (await _tls.ReadAsync(buffer, patience.Token) == 0)
                {
                    return new Answer(text.ToString(), "ended");
                }

                text.Append((char)buffer[0]);
            }

            return new Answer(text.ToString(), null);
        }
        catch (IOException fault)
        {
            return new Answer(text.ToString(), fault.Message);
        }
    }

    public ValueTask DisposeAsync() => _tls.DisposeAsync();
}
