using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Headgate.Gateway.Tests.Support;

/// <summary>ClientHellos of real TLS clients, taken by a listener that reads one record and hangs up.</summary>
internal static class CapturedHellos
{
    public static Task<byte[]> OfSslStreamAsync(string? serverName, SslProtocols protocols) => CaptureAsync(async endPoint =>
    {
        using var client = new TcpClient();
        await client.ConnectAsync(endPoint);
        await using var tls = new SslStream(client.GetStream());
        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = serverName,
            EnabledSslProtocols = protocols,
            ApplicationProtocols = [SslApplicationProtocol.Http11, SslApplicationProtocol.Http2],
        }));
    });

    public static Task<byte[]> OfProgramAsync(string program, Func<IPEndPoint, string[]> arguments) => CaptureAsync(async endPoint =>
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments(endPoint))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync(), process.WaitForExitAsync());
    });

    private static async Task<byte[]> CaptureAsync(Func<IPEndPoint, Task> connect)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = connect((IPEndPoint)listener.LocalEndpoint);
        using var accepted = await listener.AcceptSocketAsync().WaitAsync(Eventually.Deadline);
        await using (var stream = new NetworkStream(accepted))
        {
            var header = new byte[5];
            await stream.ReadExactlyAsync(header);
            var fragment = new byte[(header[3] << 8) | header[4]];
            await stream.ReadExactlyAsync(fragment);
            accepted.Close();
            await client.WaitAsync(Eventually.Deadline);
            return [.. header, .. fragment];
        }
    }
}
