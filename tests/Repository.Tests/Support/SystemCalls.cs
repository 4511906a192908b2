using System.Text.RegularExpressions;

namespace Headgate.Repository.Tests.Support;

/// <summary>One system call of a trace: the lines at which it began and ended, and its text.</summary>
internal sealed partial record SystemCall(int Begin, int End, string Text);

/// <summary>Reads what strace -f wrote; calls of several threads are interleaved as "unfinished" and "resumed".</summary>
internal static partial class SystemCalls
{
    public static IReadOnlyList<SystemCall> Parse(string[] lines)
    {
        var pending = new Dictionary<string, (int Begin, string Text)>();
        var calls = new List<SystemCall>();
        for (var i = 0; i < lines.Length; i++)
        {
            var match = Line().Match(lines[i]);
            var (thread, text) = (match.Groups[1].Value, match.Groups[2].Value);
            if (text.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                pending[thread] = (i, text);
            }
            else if (text.StartsWith("<... ", StringComparison.Ordinal) && pending.Remove(thread, out var begun))
            {
                calls.Add(new SystemCall(begun.Begin, i, begun.Text + text));
            }
            else
            {
                calls.Add(new SystemCall(i, i, text));
            }
        }

        return calls;
    }

    [GeneratedRegex(@"\A(\d+) +(.*)\z")]
    private static partial Regex Line();
}
