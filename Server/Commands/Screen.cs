using System.Text.Json;
using Spectre.Console;

namespace Headgate.Server.Commands;

/// <summary>What a subcommand prints: JSON, a table, or lines. Codes and secrets go out as whole lines, never wrapped.</summary>
internal sealed class Screen(TextWriter output, bool json)
{
    // Where output is no terminal there is nothing to fit into.
    private const int WideEnough = 240;

    /// <summary>Whether JSON was asked for.</summary>
    public bool IsJson => json;

    /// <summary>One line.</summary>
    public void Line(string text = "") => output.WriteLine(text);

    /// <summary>A record as JSON.</summary>
    public void Json<T>(T value) => output.WriteLine(JsonSerializer.Serialize(value, AdminClient.Json));

    /// <summary>A table, or a sentence when it is empty.</summary>
    public void Table(string[] columns, IEnumerable<string[]> rows, string whenEmpty)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)).NoWrap());
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(Clean(cell))));
        }

        if (table.Rows.Count == 0)
        {
            Line(whenEmpty);
            return;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Interactive = InteractionSupport.No });
        if (Console.IsOutputRedirected || !ReferenceEquals(output, Console.Out))
        {
            console.Profile.Width = WideEnough;
        }

        console.Write(table);
    }

    /// <summary>Records: as JSON when that was asked for, else as a table with a row for each.</summary>
    public void Records<T>(IReadOnlyList<T> records, string[] columns, Func<T, string[]> row, string whenEmpty)
    {
        if (json)
        {
            Json(records);
            return;
        }

        Table(columns, records.Select(row), whenEmpty);
    }

    /// <summary>A record: as JSON when that was asked for, else its names and values, one a line.</summary>
    public void Record<T>(T record, params (string Name, string? Value)[] fields)
    {
        if (json)
        {
            Json(record);
            return;
        }

        Fields(fields);
    }

    /// <summary>Names and values, one a line.</summary>
    public void Fields(params (string Name, string? Value)[] fields)
    {
        var width = fields.Max(field => field.Name.Length) + 2;
        foreach (var (name, value) in fields)
        {
            Line($"{(name + ":").PadRight(width)}{Clean(value ?? "-")}");
        }
    }

    // Names are free text of other people: no control characters reach a terminal.
    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
