using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Headgate.Portal.Tests;

public sealed partial class SiteAssetsTests
{
    private readonly SiteAssets _assets = new();

    [Fact]
    public void BlazorScript_WhenEmbedded_IsTheOneThatWasTried()
    {
        using var script = _assets.Open("_framework/blazor.web.js");
        Assert.Equal("9e4b324dd37a521ae407524dd291709e5b7bb1355d4d4698e4a047a9b4fe87c2", Convert.ToHexStringLower(SHA256.HashData(script)));
    }

    [Fact]
    public void Assets_WhenWrittenHere_NameNoOtherServer()
    {
        var assembly = typeof(SiteAssets).Assembly;
        var own = assembly.GetManifestResourceNames().Where(name => name.StartsWith("assets/site/", StringComparison.Ordinal)).ToArray();
        Assert.Contains("assets/site/site.css", own);
        foreach (var name in own)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            // The name of SVG's namespace is no address that anybody asks.
            var text = reader.ReadToEnd().Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);
            Assert.DoesNotMatch(External(), text);
        }
    }

    [Fact]
    public void Index_WhenAsked_CarriesTheVersionOfTheBytes()
    {
        Assert.Matches("^/site/site\\.css\\?v=[0-9a-f]{16}$", _assets["site/site.css"]);
        Assert.Null(_assets.VersionOf("site/../secret"));
        Assert.Throws<KeyNotFoundException>(() => _assets["site/none.css"]);
    }

    [GeneratedRegex("""(?:https?:)?//[a-z0-9-]+\.[a-z]|@import""", RegexOptions.IgnoreCase)]
    private static partial Regex External();
}
