namespace Headgate.Portal;

/// <summary>An entry of the site's navigation.</summary>
/// <param name="Href">Where it leads.</param>
/// <param name="Text">What it says.</param>
/// <param name="Icon">Name of a Material symbol.</param>
public sealed record NavItem(string Href, string Text, string Icon);
