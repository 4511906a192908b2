namespace Headgate.Portal.Provider.Gateways;

/// <summary>Text as one literal word of a shell.</summary>
internal static class ShellQuote
{
    // PowerShell takes these for apostrophes, too, and ends a string with any of them.
    private const string Apostrophes = "'\u2018\u2019\u201A\u201B";

    /// <summary>For a POSIX shell: nothing has a meaning between apostrophes.</summary>
    /// <exception cref="ArgumentException">It has control characters.</exception>
    public static string Sh(string text) => "'" + Checked(text).Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    /// <summary>For PowerShell: between apostrophes, each apostrophe is doubled.</summary>
    /// <exception cref="ArgumentException">It has control characters.</exception>
    public static string PowerShell(string text) =>
        "'" + string.Concat(Checked(text).Select(character => Apostrophes.Contains(character) ? $"{character}{character}" : $"{character}")) + "'";

    private static string Checked(string text) => text.Any(char.IsControl)
        ? throw new ArgumentException("A command cannot hold control characters.", nameof(text))
        : text;
}
