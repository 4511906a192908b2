using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;

namespace Headgate.EndToEnd.Tests.Attackers;

/// <summary>What thieves do with what they took: they copy folders, and ask with the identity that they find there.</summary>
internal static class Loot
{
    /// <summary>The identity in a copy of <paramref name="folder"/>, wherever below it that lies.</summary>
    public static ProgramIdentity Take(Provider provider, string folder) => World.IdentityIn(Copy(provider, folder));

    /// <summary>A copy of <paramref name="folder"/> as it is at this moment; a socket in it is nothing that can be copied, and what is about to replace a file is no part of it yet.</summary>
    public static string Copy(Provider provider, string folder)
    {
        var target = provider.World.PathOf(provider.Fresh("loot"));
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (Path.GetExtension(path) is ".sock" or ".new")
            {
                continue;
            }

            var copy = Path.Combine(target, Path.GetRelativePath(folder, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            try
            {
                File.Copy(path, copy);
            }
            catch (FileNotFoundException)
            {
                // Gone since it was listed.
            }
        }

        return target;
    }

    /// <summary>A gateway in a pool of its own that was enrolled and never runs, so that nothing but the thief speaks for it.</summary>
    public static async Task<(string Name, ProgramIdentity Identity)> GatewayAsync(Provider provider, string pool = "far")
    {
        var name = provider.Fresh("taken-gw");
        (await provider.World.AdminAsync("gateway", "add", name, "--address", $"{name}.{World.Zone}:6180", "--pool", pool)).Succeeded();
        var folder = provider.World.PathOf(name);
        (await Tool.RunAsync(Programs.Gateway, ["enroll", "--data", folder, await provider.World.CodeAsync("code", "gateway", name)])).Succeeded();
        return (name, Take(provider, folder));
    }

    /// <summary>A repository that was enrolled and never runs; acme has a quota on it, and names that nobody has may lead to it until it is disposed of.</summary>
    public static async Task<TakenRepository> RepositoryAsync(Provider provider)
    {
        var name = provider.Fresh("taken-repo");
        (await provider.World.AdminAsync("repository", "add", name, "--address", $"{name}.{World.Zone}:6183")).Succeeded();
        (await provider.World.AdminAsync("quota", "set", "acme", name, "1GiB")).Succeeded();
        var folder = provider.World.PathOf(name);
        (await Tool.RunAsync(Programs.Repository, ["enroll", "--data", folder, await provider.World.CodeAsync("code", "repository", name)])).Succeeded();
        return new TakenRepository(provider, name, Take(provider, folder));
    }

    /// <summary>One request to the edge API with whatever body.</summary>
    public static Task<Answer> EdgeAsync(Provider provider, string method, string path, ProgramIdentity? identity, string? body = null) => TlsConnection.AskAsync(
        provider.World.AddressOf("server"), 6181, "edge." + World.Zone,
        Provider.Request(
            method, path, "edge." + World.Zone,
            $"{ProtocolVersion.HeaderName}: {ProtocolVersion.Current}\r\n" + (body is null ? "" : $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n")) + body,
        identity);

    /// <summary>The first snapshot of the event stream, as it came.</summary>
    public static async Task<EdgeEvent> SnapshotAsync(ProgramIdentity identity)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new EdgeClient(identity, TimeProvider.System);
        await foreach (var happened in client.StreamAsync(null, patience.Token))
        {
            if (happened.Kind == EdgeEventKinds.Snapshot)
            {
                return happened;
            }
        }

        throw new InvalidOperationException("The stream ended before a snapshot came.");
    }

    /// <summary>Follows the event stream until the silo ends or refuses it.</summary>
    public static async Task UntilStreamEndsAsync(ProgramIdentity identity)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        using var client = new EdgeClient(identity, TimeProvider.System);
        try
        {
            await foreach (var _ in client.StreamAsync(null, patience.Token))
            {
                // What it says meanwhile is not looked at.
            }
        }
        catch (Exception fault) when (fault is ProblemException or HttpRequestException or IOException)
        {
            // Refused at once, or broken off.
        }
        catch (OperationCanceledException)
        {
            Assert.Fail("The event stream was not ended within 90 s.");
        }
    }

    /// <summary>A fresh key's signing request, and the identity that an answer to it makes.</summary>
    public static async Task<ProgramIdentity> RenewAsync(ProgramIdentity old, Func<RenewalRequest, Task<EnrolmentAnswer>> ask)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest("CN=whatever", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var answer = await ask(new RenewalRequest(csr));
        return new ProgramIdentity(key.ExportPkcs8PrivateKeyPem(), answer.Certificate, answer.Authority, old.Zone, old.Host, old.Port);
    }

    /// <summary>Renews at the edge API.</summary>
    public static async Task<ProgramIdentity> RenewAtEdgeAsync(ProgramIdentity identity)
    {
        using var client = new EdgeClient(identity, TimeProvider.System);
        return await RenewAsync(identity, request => client.PostAsync<RenewalRequest, EnrolmentAnswer>(EdgeRoutes.Renew, request, CancellationToken.None));
    }

    public static void AssertRevoked(Answer answer)
    {
        Assert.True(answer.Status == 403, $"Expected 403: {answer}");
        Assert.Contains($"\"code\":\"{ProblemCodes.Revoked}\"", answer.Body, StringComparison.Ordinal);
    }
}
