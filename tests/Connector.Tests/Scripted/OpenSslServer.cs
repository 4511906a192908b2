using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Headgate.Connector.Tests.Scripted;

/// <summary>OpenSSL's server with the repository's certificate, which trusts no connector: it refuses them with an alert, as RFC 8446 has it.</summary>
internal sealed partial class OpenSslServer : IAsyncDisposable
{
    private readonly Process _process;

    private OpenSslServer(Process process, IPEndPoint endpoint)
    {
        _process = process;
        Endpoint = endpoint;
    }

    public IPEndPoint Endpoint { get; }

    public static async Task<OpenSslServer> StartAsync(World world)
    {
        string File(string name, string text)
        {
            var path = Path.Combine(world.Folder, name);
            System.IO.File.WriteAllText(path, text);
            return path;
        }

        using var other = new TestAuthority();
        var certificate = world.Provider.RepositoryCertificate;
        var start = new ProcessStartInfo("openssl", [
            "s_server", "-accept", "127.0.0.1:0", "-tls1_3", "-alpn", "http/1.1",
            "-cert", File("server.pem", certificate.ExportCertificatePem()),
            "-key", File("server.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()),
            "-cert_chain", File("chain.pem", world.Authority.Issuing.ExportCertificatePem()),
            "-CAfile", File("other.pem", other.Root.ExportCertificatePem()),
            "-Verify", "3", "-verify_return_error",
        ])
        { RedirectStandardOutput = true, RedirectStandardInput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (Accepting().Match(line) is { Success: true } match)
            {
                var port = int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
                return new OpenSslServer(process, new IPEndPoint(IPAddress.Loopback, port));
            }
        }

        throw new InvalidOperationException("openssl s_server ended before it listened.");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [GeneratedRegex(@"^ACCEPT .*:(\d+)$")]
    private static partial Regex Accepting();
}
