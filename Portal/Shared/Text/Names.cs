using System.Globalization;
using System.Text;

namespace Headgate.Portal;

/// <summary>Ids of tenants, repositories and gateways: 1 to 24 of <c>a-z</c>, <c>0-9</c> and inner <c>-</c>.</summary>
public static class Names
{
    /// <summary>The longest id.</summary>
    public const int MaxIdLength = 24;

    /// <summary>The longest display name.</summary>
    public const int MaxDisplayName = 100;

    /// <summary>What an id may be, in words.</summary>
    public const string IdRule = "1 to 24 of a-z, 0-9 and '-', beginning and ending with a letter or digit";

    private const char FirstLatin = '\u00C0';
    private const char LastLatin = '\u017F';

    // U+00C0 to U+017F, sixteen to a line.
    private const string BaseLetters =
        "aaaaaaaceeeeiiii" + "dnooooo-ouuuuyts"
        + "aaaaaaaceeeeiiii" + "dnooooo-ouuuuyty"
        + "aaaaaaccccccccdd" + "ddeeeeeeeeeegggg"
        + "gggghhhhiiiiiiii" + "iiiijjkkklllllll"
        + "lllnnnnnnnnnoooo" + "oooorrrrrrssssss"
        + "ssttttttuuuuuuuu" + "uuuuwwyyyzzzzzzs";

    /// <summary>Whether it is an id.</summary>
    public static bool IsId(string? text) =>
        text is { Length: >= 1 and <= MaxIdLength } && text.All(IsIdCharacter) && text[0] != '-' && text[^1] != '-';

    /// <summary>What is wrong with a display name, or null.</summary>
    public static string? FaultOf(string? name) =>
        string.IsNullOrWhiteSpace(name) ? "A name is missing."
        : name.Length > MaxDisplayName ? $"A name has at most {MaxDisplayName} characters; this one has {name.Length}."
        : name.Any(char.IsControl) ? "A name has no control characters, such as line breaks."
        : null;

    /// <summary>
    /// An id made of a name: its letters without accents, the rest as hyphens. Where nothing of a name can stand in an id, as in most scripts of the
    /// world, it is <paramref name="otherwise"/> and a few characters that the name always leads to. Always an id.
    /// </summary>
    public static string ToId(string? name, string otherwise)
    {
        var plain = new StringBuilder(MaxIdLength);
        foreach (var character in Spelled(name ?? ""))
        {
            var lower = char.ToLowerInvariant(character);
            if (char.IsAsciiLetterLower(lower) || char.IsAsciiDigit(lower))
            {
                plain.Append(lower);
            }
            else if (CharUnicodeInfo.GetUnicodeCategory(character) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.Format) && character is not ('\'' or '\u2019')
                && plain.Length > 0 && plain[^1] != '-')
            {
                plain.Append('-');
            }
        }

        var id = Cut(plain.ToString().TrimEnd('-'), MaxIdLength);
        return id.Length > 1 || (id.Length == 1 && name!.Trim().Length == 1) ? id : $"{otherwise}-{Hash(name ?? "")}";
    }

    /// <summary>The next id to try when one is taken: <c>-2</c>, <c>-3</c>, ... after it, never longer than an id may be.</summary>
    public static string Numbered(string id, int number)
    {
        var suffix = "-" + number.ToString(CultureInfo.InvariantCulture);
        return Cut(id, MaxIdLength - suffix.Length) + suffix;
    }

    private static bool IsIdCharacter(char character) => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '-';

    private static string Cut(string id, int length) => id.Length <= length ? id : id[..length].TrimEnd('-');

    // The process runs without the tables that would decompose letters (invariant globalization): the base letters of Latin are listed here.
    private static string Spelled(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var character in name)
        {
            text.Append(character switch
            {
                'ß' or 'ẞ' => "ss",
                'æ' or 'Æ' => "ae",
                'œ' or 'Œ' => "oe",
                'þ' or 'Þ' => "th",
                'ș' or 'Ș' => "s",
                'ț' or 'Ț' => "t",
                '&' => " and ",
                >= FirstLatin and <= LastLatin => BaseLetters[character - FirstLatin].ToString(),
                // ASCII in the width of an ideograph.
                >= '\uFF01' and <= '\uFF5E' => ((char)(character - 0xFEE0)).ToString(),
                _ => character.ToString(),
            });
        }

        return text.ToString();
    }

    // FNV-1a over UTF-16: the same name gives the same id on every machine and in every version.
    private static string Hash(string name)
    {
        var hash = 2166136261u;
        foreach (var character in name)
        {
            hash = (hash ^ character) * 16777619u;
        }

        const string digits = "abcdefghjkmnpqrstuvwxyz23456789";
        var text = new char[6];
        for (var i = 0; i < text.Length; i++)
        {
            (hash, text[i]) = (hash / (uint)digits.Length, digits[(int)(hash % (uint)digits.Length)]);
        }

        return new string(text);
    }
}
