using System.Text.RegularExpressions;

namespace Headgate.EndToEnd.Tests.Secrets;

/// <summary>A secret where it was found.</summary>
/// <param name="Place">A file below the world's folder, or what else was looked at, such as <c>arguments: ...</c>.</param>
/// <param name="Secret">Its name.</param>
/// <param name="Mode">A file's mode.</param>
internal sealed record Found(string Place, string Secret, UnixFileMode? Mode);

/// <summary>Where a secret may be, and why.</summary>
/// <param name="Place">A pattern of places.</param>
/// <param name="Secret">A pattern of secrets' names.</param>
/// <param name="Why">The reason.</param>
internal sealed record Allowed(string Place, string Secret, string Why)
{
    /// <summary>Whether it is this that was found; a file must be its owner's alone.</summary>
    public bool Covers(Found found) =>
        Regex.IsMatch(found.Place, $"^(?:{Place})$", RegexOptions.CultureInvariant)
        && Regex.IsMatch(found.Secret, $"^(?:{Secret})$", RegexOptions.CultureInvariant)
        && found.Mode is null or (UnixFileMode.UserRead | UnixFileMode.UserWrite);
}
