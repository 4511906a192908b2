using System.Globalization;
using Headgate.Connector.Failover;
using Spectre.Console;

namespace Headgate.Connector.Commands;

/// <summary>
/// Where commands write: results to output, everything said along the way to error, so that output can be piped. Tables and countdowns are for terminals,
/// plain lines for everything else.
/// </summary>
internal sealed class ConnectorConsole(TextWriter output, TextWriter error, bool outputIsTerminal, bool errorIsTerminal) : IRunConsole
{
    /// <summary>This process's own.</summary>
    public static ConnectorConsole System { get; } =
        new(Console.Out, Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected);

    /// <summary>For results.</summary>
    public TextWriter Output { get; } = TextWriter.Synchronized(output);

    /// <summary>For everything else.</summary>
    public TextWriter Error { get; } = TextWriter.Synchronized(error);

    /// <summary>Whether results go to somebody who looks.</summary>
    public bool OutputIsTerminal => outputIsTerminal;

    public void Say(string sentence)
    {
        Error.WriteLine("headgate: " + Printable(sentence));
        Error.Flush();
    }

    /// <summary>A table on a terminal, tab-separated lines without a heading elsewhere.</summary>
    public void WriteTable(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (!outputIsTerminal)
        {
            foreach (var row in rows)
            {
                Output.WriteLine(string.Join('\t', row.Select(Printable)));
            }

            return;
        }

        var table = new Table().Border(TableBorder.Rounded);
        foreach (var heading in headings)
        {
            table.AddColumn(Markup.Escape(heading));
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => Markup.Escape(Printable(cell))).ToArray());
        }

        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Output) }).Write(table);
    }

    public async Task WaitAsync(string why, TimeSpan pause, TimeProvider time, CancellationToken token)
    {
        var until = (time.GetUtcNow() + pause).ToLocalTime();
        Say(string.Create(CultureInfo.InvariantCulture, $"{why} in {Words(pause)}, at {until:HH:mm:ss}."));
        if (!errorIsTerminal)
        {
            await Task.Delay(pause, time, token);
            return;
        }

        var began = time.GetTimestamp();
        var screen = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Error) });
        await screen.Status().StartAsync("waiting", async status =>
        {
            for (var left = pause; left > TimeSpan.Zero; left = pause - time.GetElapsedTime(began))
            {
                status.Status(string.Create(CultureInfo.InvariantCulture, $"next try in {Words(left)} (Ctrl-C ends the run)"));
                await Task.Delay(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), time, token);
            }
        });
    }

    /// <summary>A length of time for people.</summary>
    public static string Words(TimeSpan length) => length.TotalMinutes >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{length.TotalMinutes:0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{length.TotalSeconds:0} s");

    // What a peer wrote may not move the user's cursor.
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
