using System.Text;

namespace Headgate.Repository;

/// <summary>Names as logs and metrics spell them.</summary>
internal static class Words
{
    /// <summary><c>WrongHash</c> to <c>wrong-hash</c>.</summary>
    public static string Kebab(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
