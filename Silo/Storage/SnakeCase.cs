using System.Text;

namespace Headgate.Silo.Storage;

internal static class SnakeCase
{
    /// <summary><c>LimitBytes</c> to <c>limit_bytes</c>.</summary>
    public static string Of(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var character in name)
        {
            if (char.IsAsciiLetterUpper(character) && text.Length > 0)
            {
                text.Append('_');
            }
            text.Append(char.ToLowerInvariant(character));
        }
        return text.ToString();
    }
}
