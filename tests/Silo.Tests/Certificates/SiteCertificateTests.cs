using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Silo.Tests.Certificates;

public sealed class SiteCertificateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Options_WhenTheFilesAreReplaced_ShowTheNewCertificateWithoutARestart()
    {
        Write("first", hour: 1);
        var certificate = Load();
        Assert.Equal("CN=first", Shown(certificate));
        Write("second", hour: 2);
        Assert.Equal("CN=first", Shown(certificate));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("CN=second", Shown(certificate));
    }

    [Fact]
    public void Options_WhenTheFilesAreHalfWritten_KeepTheCertificateBefore()
    {
        Write("first", hour: 1);
        var certificate = Load();
        var whole = File.ReadAllText(_folder["site.pem"]);
        File.WriteAllText(_folder["site.pem"], whole[..(whole.Length / 2)]);
        Stamp("site.pem", hour: 2);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("CN=first", Shown(certificate));

        // A certificate whose key has not followed yet.
        File.WriteAllText(_folder["site.pem"], Make("third").Certificate);
        Stamp("site.pem", hour: 3);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("CN=first", Shown(certificate));

        File.Delete(_folder["site.pem"]);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("CN=first", Shown(certificate));

        Write("fourth", hour: 4);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("CN=fourth", Shown(certificate));
    }

    [Fact]
    public void Construct_WhenTheFilesAreNoCertificate_SaysWhichFiles()
    {
        Write("first", hour: 1);
        File.WriteAllText(_folder["key.pem"], Make("other").Key);
        var refused = Assert.Throws<StartupException>(Load);
        Assert.Contains(_folder["site.pem"], refused.Message);
        File.Delete(_folder["key.pem"]);
        Assert.Throws<StartupException>(Load);
    }

    private static string Shown(SiteCertificate certificate) => certificate.Options().ServerCertificateContext!.TargetCertificate.Subject;

    // What the authority would give is not asked for where the provider brought one.
    private SiteCertificate Load() => new(_folder["site.pem"], _folder["key.pem"], null!, _time, NullLogger<SiteCertificate>.Instance);

    private void Write(string name, int hour)
    {
        var (certificate, key) = Make(name);
        File.WriteAllText(_folder["site.pem"], certificate);
        File.WriteAllText(_folder["key.pem"], key);
        Stamp("site.pem", hour);
        Stamp("key.pem", hour);
    }

    // Written in one hour after the other, however coarse the file system's clock.
    private void Stamp(string file, int hour) => File.SetLastWriteTimeUtc(_folder[file], new DateTime(2030, 1, 1, hour, 0, 0, DateTimeKind.Utc));

    private static (string Certificate, string Key) Make(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
