using System.Text;
using System.Text.RegularExpressions;

namespace Headgate.Protocol.Naming;

/// <summary>The ids that name tenants, gateways, pools, repositories, connectors and jobs: 1 to 24 of <c>a-z</c>, <c>0-9</c> and inner <c>-</c>.</summary>
public static partial class Identifier
{
    /// <summary>Characters of the longest id.</summary>
    public const int MaxLength = 24;

    /// <summary>What an id may be, in words for a user.</summary>
    public const string Allowed = "1 to 24 characters of a-z, 0-9 and '-', beginning and ending with a letter or digit";

    /// <summary>Whether <paramref name="value"/> is an id.</summary>
    public static bool IsValid(string? value) => value is not null && Pattern().IsMatch(value);

    /// <summary>An id out of a machine's name: its first label in the alphabet of ids, cut to length; null when nothing of it is left.</summary>
    public static string? FromHostName(string hostName)
    {
        var text = new StringBuilder(MaxLength);
        foreach (var character in hostName.Split('.')[0].ToLowerInvariant())
        {
            if (text.Length == MaxLength)
            {
                break;
            }

            if (char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character))
            {
                text.Append(character);
            }
            else if (text.Length > 0 && text[^1] != '-')
            {
                text.Append('-');
            }
        }

        return text.ToString().TrimEnd('-') is { Length: > 0 } id ? id : null;
    }

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
