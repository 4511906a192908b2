using System.Text;

namespace Headgate.Connector.Jobs;

/// <summary>What headgate says of a run: to its log, and to where it would go without one.</summary>
internal sealed class LogWriter(RunLog log, TextWriter beside) : TextWriter
{
    private const string Prefix = "headgate: ";

    public override Encoding Encoding => Encoding.UTF8;

    public override void WriteLine(string? value)
    {
        beside.WriteLine(value);
        foreach (var line in (value ?? "").Split('\n'))
        {
            log.Write("headgate", line.StartsWith(Prefix, StringComparison.Ordinal) ? line[Prefix.Length..] : line);
        }
    }

    public override void Write(char value) => beside.Write(value);

    public override void Flush() => beside.Flush();
}
