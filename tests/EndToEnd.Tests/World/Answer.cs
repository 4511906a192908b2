using System.Globalization;

namespace Headgate.EndToEnd.Tests;

/// <summary>What came back over a connection that a test opened by hand.</summary>
/// <param name="Text">Every byte that came, as Latin-1.</param>
/// <param name="Refusal">Why the connection broke, or null when it ended in order.</param>
internal sealed record Answer(string Text, string? Refusal)
{
    /// <summary>The HTTP status, or null when nobody answered.</summary>
    public int? Status => Text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(Text.AsSpan(9, 3), CultureInfo.InvariantCulture) : null;

    /// <summary>The header's lines in order, without the date.</summary>
    public IReadOnlyList<string> Head => [.. Text.Split("\r\n\r\n", 2)[0].Split("\r\n").Where(line => !line.StartsWith("Date:", StringComparison.OrdinalIgnoreCase))];

    public string Body => Text.Split("\r\n\r\n", 2) is [_, var body] ? body : "";

    public override string ToString() => $"status {Status?.ToString(CultureInfo.InvariantCulture) ?? "none"}, {Refusal ?? "ended in order"}\n{Text}";
}
