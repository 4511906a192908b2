using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Headgate.Portal;

/// <summary>Style sheets, scripts and fonts, embedded in this assembly, each with a version that changes with its bytes. Thread-safe.</summary>
public sealed class SiteAssets
{
    private const string Prefix = "assets/";

    private readonly FrozenDictionary<string, string> _versions;

    /// <summary>Reads the hashes.</summary>
    public SiteAssets()
    {
        var assembly = typeof(SiteAssets).Assembly;
        _versions = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Prefix.Length..], name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                return Convert.ToHexStringLower(SHA256.HashData(stream).AsSpan(0, 8));
            });
    }

    /// <summary>The address of an asset, its version in it, so that a browser keeps it for good.</summary>
    /// <exception cref="KeyNotFoundException">There is no such asset.</exception>
    public string this[string path] => $"/{path}?v={_versions[path]}";

    /// <summary>The version of an asset; null when there is none.</summary>
    public string? VersionOf(string path) => _versions.GetValueOrDefault(path);

    /// <summary>Opens an asset that there is.</summary>
    public Stream Open(string path) => typeof(SiteAssets).Assembly.GetManifestResourceStream(Prefix + path)!;
}
