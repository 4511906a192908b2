using System.Text;

namespace Headgate.Silo.Grains.Tenants;

/// <summary>Connector ids out of host names.</summary>
internal static class ConnectorNames
{
    private const int MaxLength = 24;

    /// <summary>An id that is not in <paramref name="taken"/>: the host name's first label in the alphabet of ids, with <c>-2</c>, <c>-3</c>, ... where need be.</summary>
    public static string From(string host, IReadOnlySet<string> taken)
    {
        var text = new StringBuilder(MaxLength);
        foreach (var character in host.Split('.')[0].ToLowerInvariant())
        {
            if (char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character))
            {
                text.Append(character);
            }
            else if (text.Length > 0 && text[^1] != '-')
            {
                text.Append('-');
            }
        }
        var name = Cut(text.ToString(), MaxLength);
        name = name.Length == 0 ? "connector" : name;
        for (var number = 1; ; number++)
        {
            var suffix = number == 1 ? "" : "-" + number.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var candidate = Cut(name, MaxLength - suffix.Length) + suffix;
            if (!taken.Contains(candidate))
            {
                return candidate;
            }
        }
    }

    private static string Cut(string name, int length) => (name.Length > length ? name[..length] : name).TrimEnd('-');
}
