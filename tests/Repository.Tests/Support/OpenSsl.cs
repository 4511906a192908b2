using System.Diagnostics;

namespace Headgate.Repository.Tests.Support;

/// <summary>openssl s_client, which keeps and offers sessions as no .NET client does.</summary>
internal sealed class OpenSsl : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConnectRelay _relay;
    private readonly string _serverName;

    public OpenSsl(TestRepository repository, ConnectRelay relay, string serverName)
    {
        (_relay, _serverName) = (relay, serverName);
        File.WriteAllText(_folder["authority.pem"], repository.Authority.Root.ExportCertificatePem());
        var connector = repository.Connector();
        connector.Save(_folder["identity"]);
    }

    /// <summary>One connection with one request to its end; what openssl printed.</summary>
    public async Task<string> ConnectAsync(string sessionOption, string session)
    {
        var info = new ProcessStartInfo("openssl") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[
            "s_client", "-proxy", _relay.Url["http://".Length..], "-connect", _serverName + ":6180", "-servername", _serverName,
            "-CAfile", _folder["authority.pem"], "-alpn", "http/1.1", sessionOption, _folder[session], "-ign_eof",
            "-cert", Path.Combine(_folder["identity"], "certificate.pem"), "-key", Path.Combine(_folder["identity"], "key.pem"),
            "-cert_chain", Path.Combine(_folder["identity"], "certificate.pem")])
        {
            info.ArgumentList.Add(argument);
        }

        using var openssl = Process.Start(info)!;
        var errors = openssl.StandardError.ReadToEndAsync();
        await openssl.StandardInput.WriteAsync($"GET /config HTTP/1.1\r\nHost: {_serverName}\r\nConnection: close\r\n\r\n");
        await openssl.StandardInput.FlushAsync();
        var output = await openssl.StandardOutput.ReadToEndAsync();
        await openssl.WaitForExitAsync();
        return output + await errors;
    }

    public void Dispose() => _folder.Dispose();
}
