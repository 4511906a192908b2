using System.Globalization;
using System.Text.RegularExpressions;

namespace Headgate.Portal.Provider.Activity;

/// <summary>Entries of the log as screens say them.</summary>
internal static partial class ActivityText
{
    /// <summary>A kind as a title: <c>tenant-created</c> is <c>Tenant created</c>.</summary>
    public static string Title(string kind) => Capital(kind.Replace('-', ' '));

    /// <summary>A sentence, its first letter a capital, its times short.</summary>
    public static string Sentence(string what) => Capital(Time().Replace(what, match =>
        DateTimeOffset.TryParse(match.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? Times.Of(time) + " UTC" : match.Value));

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    [GeneratedRegex(@"\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})", RegexOptions.CultureInvariant)]
    private static partial Regex Time();
}
