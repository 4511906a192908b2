using System.Security.Cryptography;

namespace Headgate.EndToEnd.Tests.Packages;

/// <summary>
/// The archives that operators get, made by <c>./publish</c> from this checkout, once for all tests: every program, and the server once more as if it were
/// one minor version newer (in the folder <c>newer</c>). The variable <c>HEADGATE_ARCHIVES</c> names a folder where they are already.
/// </summary>
public sealed class Archives : IAsyncLifetime
{
    public const string Runtime = "linux-x64";

    private static readonly string? s_given = Environment.GetEnvironmentVariable("HEADGATE_ARCHIVES");

    /// <summary>One minor version after <see cref="Version"/>.</summary>
    public string Newer { get; private set; } = "";

    public string Version { get; private set; } = "";

    public string Folder { get; } = s_given ?? Directory.CreateTempSubdirectory("hg-archives-").FullName;

    private string NewerFolder => Path.Combine(Folder, "newer");

    public async ValueTask InitializeAsync()
    {
        if (s_given is null)
        {
            await PublishAsync("--output", Folder, "--runtime", Runtime);
        }

        Version = Path.GetFileName(Directory.GetFiles(Folder, "headgate-server-*").Single()).Split('-')[2];
        var parts = Version.Split('.');
        Newer = $"{parts[0]}.{int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) + 1}.0";
        if (s_given is null)
        {
            await PublishAsync("--output", NewerFolder, "--runtime", Runtime, "--version", Newer, "server");
        }
    }

    public ValueTask DisposeAsync()
    {
        if (s_given is null)
        {
            Directory.Delete(Folder, recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    public string Of(string program) => Path.Combine(Folder, $"headgate-{program}-{Version}-{Runtime}.tar.gz");

    public string NewerServer => Path.Combine(NewerFolder, $"headgate-server-{Newer}-{Runtime}.tar.gz");

    public static string Sha256(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    private static async Task PublishAsync(params string[] arguments) =>
        (await Tool.RunAsync(Path.Combine(Programs.Root, "publish"), arguments, deadline: TimeSpan.FromMinutes(10))).Succeeded();
}
