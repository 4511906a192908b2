using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests;

/// <summary>A disk that fails or is full, and certificates that the provider brings.</summary>
public sealed class DiskTests
{
    [Fact]
    public async Task Post_WhenTheDiskIsFull_SaysSoAndKeepsNothing()
    {
        // A file system of its own, of 8 MiB, in a mount namespace of its own: needs root.
        Assert.SkipUnless(Environment.UserName == "root", "mounting a small file system needs root");
        await using var world = await World.CreateAsync();
        Directory.CreateDirectory(world.Folder["storage"]);
        await using var process = await RepositoryProcess.StartAsync(
            world.Run("--code", world.Silo.Code()),
            "unshare", "-m", "sh", "-c", $"mount -t tmpfs -o size=8m tmpfs {world.Folder["storage"]} && exec \"$0\" \"$@\"");
        using var client = world.Client(process.Port);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("?create=true", null)).StatusCode);
        var (small, large) = (Blob.Random(100_000), Blob.Random(10_000_000));
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("data/" + small.Name, small.Body)).StatusCode);

        using var refused = await client.PostAsync("data/" + large.Name, large.Body);

        Assert.Equal(HttpStatusCode.InsufficientStorage, refused.StatusCode);
        Assert.Contains("disk is full", refused.ReasonPhrase, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("data/" + large.Name)).StatusCode);
        Assert.Equal(small.Content, await client.GetByteArrayAsync("data/" + small.Name));

        // The room that the broken upload took is free again.
        var next = Blob.Random(5_000_000);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("data/" + next.Name, next.Body)).StatusCode);
    }

    [Fact]
    public async Task Post_WhenTheDiskFails_IsUnavailableAndNeverNotFoundOrForbidden()
    {
        await using var repository = await TestRepository.StartAsync();
        repository.SetQuota("acme", 1 << 30);
        using var client = repository.RouteClient();
        await client.PostAsync("?create=true", null);
        var blob = Blob.Random(1000);

        // A file where a folder should be: every way to store below it fails.
        var shard = Path.Combine(repository.Storage, "tenants", "acme", "data", blob.Name[..2]);
        await File.WriteAllTextAsync(shard, "in the way");
        using var refused = await client.PostAsync("data/" + blob.Name, blob.Body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("disk failed", refused.ReasonPhrase, StringComparison.Ordinal);
        Assert.Equal((0L, 0L), (repository.Ledger("acme").Used, repository.Ledger("acme").Reserved));
        Assert.Empty(repository.TemporaryFiles());

        File.Delete(shard);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("data/" + blob.Name, blob.Body)).StatusCode);
    }

    [Fact]
    public async Task Access_WhenTheProviderBringsACertificate_ShowsItThereAndTheAuthoritysOnRoutes()
    {
        using var folder = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=*.access.demo.test", key, HashAlgorithmName.SHA256);
        using var brought = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(folder["certificate.pem"], brought.ExportCertificatePem());
        await File.WriteAllTextAsync(folder["key.pem"], key.ExportPkcs8PrivateKeyPem());
        await using var repository = await TestRepository.StartAsync(
            o => o with { AccessCertificate = folder["certificate.pem"], AccessKey = folder["key.pem"] });

        await using var agentless = await repository.ConnectAsync(
            repository.OpenAccess().ServerName, change: o => o.RemoteCertificateValidationCallback = (_, _, _, _) => true);
        await using var route = await repository.ConnectAsync(repository.OpenRoute(), repository.Connector());

        Assert.Equal(brought.RawData, agentless.RemoteCertificate!.GetRawCertData());
        Assert.NotEqual(brought.RawData, route.RemoteCertificate!.GetRawCertData());
    }
}
