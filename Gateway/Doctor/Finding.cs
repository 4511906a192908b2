namespace Headgate.Gateway.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">What was looked at, such as <c>dns cc.demo.test</c>.</param>
/// <param name="Level">How bad it is.</param>
/// <param name="Seen">What was seen.</param>
/// <param name="ToDo">What to do, or null where nothing is.</param>
internal sealed record Finding(string Check, FindingLevel Level, string Seen, string? ToDo = null);
