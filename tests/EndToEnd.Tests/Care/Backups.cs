using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;

namespace Headgate.EndToEnd.Tests.Care;

/// <summary>The server's <c>backup</c> and <c>restore</c>, and what programs do between the two.</summary>
internal static class Backups
{
    public const string Passphrase = "correct horse battery staple";

    public static Dictionary<string, string?> Environment { get; } = new() { ["HEADGATE_BACKUP_PASSPHRASE"] = Passphrase };

    public static Task<Finished> BackupAsync(string data, string file, params string[] more) =>
        Tool.RunAsync(Programs.Server, ["backup", file, "--data", data, .. more], Environment);

    public static Task<Finished> RestoreAsync(string file, string data, string passphrase = Passphrase) => Tool.RunAsync(
        Programs.Server, ["restore", file, "--data", data], new Dictionary<string, string?> { ["HEADGATE_BACKUP_PASSPHRASE"] = passphrase });

    /// <summary>What a gateway or repository does every 60 days.</summary>
    public static async Task RenewAsync(string folder)
    {
        using var present = World.IdentityIn(folder);
        using var client = new EdgeClient(present, TimeProvider.System);
        await RenewAsync(folder, present, request => client.PostAsync<RenewalRequest, EnrolmentAnswer>(EdgeRoutes.Renew, request, CancellationToken.None));
    }

    /// <summary>What a connector does every 60 days.</summary>
    public static async Task RenewAsync(World world, Machine machine)
    {
        using var present = machine.Identity();
        using var api = new ConnectorApi(world, "gtw1", present);
        await RenewAsync(machine.Folder, present, request => api.PostAsync<RenewalRequest, EnrolmentAnswer>(EdgeRoutes.Renew, request));
    }

    private static async Task RenewAsync(string folder, ProgramIdentity present, Func<RenewalRequest, Task<EnrolmentAnswer>> renew)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var answer = await renew(new RenewalRequest(new CertificateRequest("CN=headgate", key, HashAlgorithmName.SHA256).CreateSigningRequestPem()));
        using var renewed = new ProgramIdentity(
            key.ExportPkcs8PrivateKeyPem(), answer.Certificate, present.Authority.ExportCertificatePem(), present.Zone, present.Host, present.Port);
        Assert.NotEqual(present.Certificate.SerialNumber, renewed.Certificate.SerialNumber);
        var place = Directory.EnumerateFiles(folder, "identity.json", SearchOption.AllDirectories).Single();
        renewed.Save(Path.GetDirectoryName(place)!);
    }
}
