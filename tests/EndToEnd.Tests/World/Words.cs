using System.Text.RegularExpressions;

namespace Headgate.EndToEnd.Tests;

/// <summary>
/// Short names in long texts. A page or a snapshot carries keys, tokens and ids, and in those any four letters follow each other now and then: a name counts where it
/// stands as a word of its own, such as in <c>acme/desk</c>, <c>/tenants/acme</c> or <c>"acme"</c>.
/// </summary>
internal static class Words
{
    public static bool Has(string text, string word) => Regex.IsMatch(text, $@"\b{Regex.Escape(word)}\b", RegexOptions.CultureInvariant);
}
