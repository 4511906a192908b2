namespace Headgate.Portal;

/// <summary>A choice above a list.</summary>
/// <param name="Value">The filter's name to the directory; null for everything.</param>
/// <param name="Text">What it says.</param>
public sealed record ListFilter(string? Value, string Text);
