using System.Text;
using System.Text.RegularExpressions;

namespace Headgate.Portal.Tests;

/// <summary>An element of a rendered page, or a text.</summary>
internal sealed partial class Element(string name)
{
    public string Name => name;

    /// <summary>A text's own words.</summary>
    public string Own { get; init; } = "";

    public Dictionary<string, string> Attributes { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Event handlers by the event's name, such as <c>onclick</c>.</summary>
    public Dictionary<string, ulong> Handlers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The attribute that each event's handler says it follows, such as <c>value</c> for <c>oninput</c>: what the browser has typed of it is not written over by a later answer.</summary>
    public Dictionary<string, string> Follows { get; } = new(StringComparer.OrdinalIgnoreCase);

    public List<Element> Children { get; } = [];

    /// <summary>An attribute; null when it is not there.</summary>
    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);

    /// <summary>This and all below it, in the document's order.</summary>
    public IEnumerable<Element> All => Children.SelectMany(child => child.All).Prepend(this);

    /// <summary>What a person reads: icons left out, runs of white space told as one space.</summary>
    public string Text
    {
        get
        {
            var words = new StringBuilder();
            Say(this, words);
            return Space().Replace(words.ToString(), " ").Trim();
        }
    }

    /// <summary>What assistive programs call it.</summary>
    public string Label => this["aria-label"] ?? Text;

    public bool HasClass(string value) => this["class"]?.Split(' ').Contains(value) == true;

    private static void Say(Element element, StringBuilder words)
    {
        if (element["aria-hidden"] == "true" || element.Name is "style" or "script")
        {
            return;
        }

        words.Append(element.Own);
        foreach (var child in element.Children)
        {
            Say(child, words);
        }

        if (element.Name is not ("#text" or "span" or "a" or "strong" or "em" or "bdi" or "code" or "time"))
        {
            words.Append(' ');
        }
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
