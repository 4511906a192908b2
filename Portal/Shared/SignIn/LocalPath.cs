namespace Headgate.Portal;

/// <summary>Where to go after signing in: a path of this site and nothing else.</summary>
internal static class LocalPath
{
    /// <summary><paramref name="path"/> when it leads nowhere but into this site, else <c>/</c>.</summary>
    public static string Or(string? path)
    {
        // "//host", "/\host" and control characters are read by browsers as other sites.
        var isLocal = path is ['/', ..] && path is not ['/', '/' or '\\', ..] && !path.Any(char.IsControl) && path.Length <= 2000;
        return isLocal ? path! : "/";
    }
}
