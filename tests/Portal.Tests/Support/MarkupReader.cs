using System.Net;
using System.Text.RegularExpressions;

namespace Headgate.Portal.Tests;

/// <summary>Reads the well-formed markup that the Razor compiler folds what never changes into.</summary>
internal static partial class MarkupReader
{
    private static readonly HashSet<string> s_void = ["br", "hr", "img", "input", "meta", "link", "path", "circle", "rect", "line"];

    public static void Read(string markup, Element into)
    {
        var open = new Stack<Element>([into]);
        foreach (Match part in Part().Matches(markup))
        {
            if (part.Groups["text"].Success)
            {
                open.Peek().Children.Add(new Element("#text") { Own = WebUtility.HtmlDecode(part.Value) });
            }
            else if (part.Groups["end"].Success)
            {
                if (open.Count > 1 && open.Peek().Name == part.Groups["end"].Value)
                {
                    open.Pop();
                }
            }
            else if (part.Groups["name"].Success)
            {
                var element = new Element(part.Groups["name"].Value);
                foreach (Match attribute in Attribute().Matches(part.Groups["attributes"].Value))
                {
                    element.Attributes[attribute.Groups["key"].Value] = WebUtility.HtmlDecode(attribute.Groups["value"].Value);
                }

                open.Peek().Children.Add(element);
                if (!s_void.Contains(element.Name) && !part.Value.EndsWith("/>", StringComparison.Ordinal))
                {
                    open.Push(element);
                }
            }
        }
    }

    [GeneratedRegex("""<!--.*?-->|</(?<end>[\w-]+)\s*>|<(?<name>[\w-]+)(?<attributes>(?:\s+[\w:@-]+(?:=(?:"[^"]*"|'[^']*'|[^\s>]+))?)*)\s*/?>|(?<text>[^<]+)""", RegexOptions.Singleline)]
    private static partial Regex Part();

    [GeneratedRegex("""(?<key>[\w:@-]+)(?:=(?:"(?<value>[^"]*)"|'(?<value>[^']*)'|(?<value>[^\s>]+)))?""")]
    private static partial Regex Attribute();
}
