using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Tests.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Silo.Tests.Certificates;

/// <summary>An authority in a folder of its own.</summary>
internal sealed class AuthorityWorld : IDisposable
{
    public const string Zone = "demo.test";

    private readonly TemporaryFolder _folder = new(SqliteConnection.ClearAllPools);

    public MemorySecretStore Store { get; } = new();

    public string Folder => _folder.Path;

    public string RootPath => PathOf("authority", "root.pem");

    public string PathOf(params string[] parts) => Path.Combine([Folder, .. parts]);

    /// <summary>Opens the authority, as a start of the server does.</summary>
    public async Task<Authority> OpenAsync(TimeProvider? time = null)
    {
        var options = new SiloOptions { DataDirectory = Folder, Zone = Zone };
        var authority = new Authority(Store, options, time ?? TimeProvider.System, NullLogger<Authority>.Instance);
        await authority.OpenAsync(CancellationToken.None);
        return authority;
    }

    public static X509Certificate2 Load(IssuedCertificate issued) => X509CertificateLoader.LoadCertificate(issued.Certificate.AsSpan());

    public static CertificateIdentity IdentityOf(CertificateRole role) => new(role, role == CertificateRole.Connector ? "acme/desk-1" : "x1");

    /// <summary>Writes a certificate as PEM and answers the file's path.</summary>
    public string Save(string name, params X509Certificate2[] certificates)
    {
        var path = PathOf(name);
        File.WriteAllText(path, string.Join('\n', certificates.Select(certificate => certificate.ExportCertificatePem())) + "\n");
        return path;
    }

    /// <summary>Runs openssl; answers its exit code and all it printed.</summary>
    public static Task<(int ExitCode, string Output)> OpenSslAsync(params string[] arguments) => OpenSslSaysAsync("", arguments);

    /// <summary>openssl with something on its input.</summary>
    public static async Task<(int ExitCode, string Output)> OpenSslSaysAsync(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(deadline.Token);
        return (process.ExitCode, await output + await error);
    }

    public static byte[] NewPublicKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportSubjectPublicKeyInfo();
    }

    public void Dispose() => _folder.Dispose();
}
