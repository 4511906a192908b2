namespace Headgate.Connector.Commands;

/// <summary>
/// Where a restic repository lies within the tenant's space: <c>/</c>, <c>/name/</c> or <c>/name/name/</c>; a name is 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>,
/// and not a word that restic uses within a repository.
/// </summary>
internal static class RepositoryPath
{
    private const int MaxNameLength = 64;
    private static readonly HashSet<string> s_reserved = [".", "..", "config", "data", "index", "keys", "locks", "snapshots"];

    /// <summary>The path for a machine of this name; characters that a path may not have become <c>-</c>.</summary>
    public static string OfHost(string host)
    {
        var name = new string([.. host.Select(c => IsAllowed(c) ? c : '-').Take(MaxNameLength)]);
        return name.Length == 0 || s_reserved.Contains(name) ? $"/host-{name.Trim('.')}/" : $"/{name}/";
    }

    /// <summary>Reads what a user typed, with or without the outer slashes.</summary>
    public static bool TryParse(string text, out string path)
    {
        var names = text.Trim('/').Split('/');
        path = text.Trim('/').Length == 0 ? "/" : $"/{string.Join('/', names)}/";
        return text.Length > 0 && (path == "/" || (names.Length <= 2 && names.All(IsName)));
    }

    private static bool IsName(string name) => name.Length is > 0 and <= MaxNameLength && name.All(IsAllowed) && !s_reserved.Contains(name);

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-';
}
