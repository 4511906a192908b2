using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headgate.Gateway.Doctor;

/// <summary>What a doctor found, in order; how it is printed and what the program exits with.</summary>
internal sealed class Examination
{
    /// <summary>Nothing is wrong.</summary>
    public const int Well = 0;

    /// <summary>At least one problem.</summary>
    public const int Problems = 1;

    /// <summary>No problem, and at least one warning.</summary>
    public const int Warnings = 4;

    private const string Reset = "\u001b[0m";

    private readonly List<Finding> _findings = [];

    /// <summary>All findings.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>The exit code.</summary>
    public int ExitCode => _findings.Select(finding => finding.Level).DefaultIfEmpty().Max() switch
    {
        FindingLevel.Problem => Problems,
        FindingLevel.Warning => Warnings,
        _ => Well,
    };

    public void Ok(string check, string seen) => _findings.Add(new Finding(check, FindingLevel.Ok, seen));

    public void Warn(string check, string seen, string toDo) => _findings.Add(new Finding(check, FindingLevel.Warning, seen, toDo));

    public void Fail(string check, string seen, string toDo) => _findings.Add(new Finding(check, FindingLevel.Problem, seen, toDo));

    /// <summary>Prints it: JSON, or a line for each finding and one below it that says what to do. Coloured on a terminal that wants colours.</summary>
    public void Print(TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(_findings, ExaminationJson.Default.ListFinding));
            return;
        }

        var coloured = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var width = _findings.Select(finding => finding.Check.Length).DefaultIfEmpty().Max();
        foreach (var finding in _findings)
        {
            var (word, colour) = finding.Level switch
            {
                FindingLevel.Problem => ("PROBLEM", "\u001b[31m"),
                FindingLevel.Warning => ("warning", "\u001b[33m"),
                _ => ("ok     ", "\u001b[32m"),
            };
            output.WriteLine($"{(coloured ? colour : "")}{word}{(coloured ? Reset : "")}  {Clean(finding.Check).PadRight(width)}  {Clean(finding.Seen)}");
            if (finding.ToDo is { } toDo)
            {
                output.WriteLine($"{new string(' ', width + 11)}-> {Clean(toDo)}");
            }
        }

        output.WriteLine($"{Count(FindingLevel.Ok)} ok, {Count(FindingLevel.Warning)} warnings, {Count(FindingLevel.Problem)} problems");
    }

    private int Count(FindingLevel level) => _findings.Count(finding => finding.Level == level);

    // Names and answers of others: no control characters reach a terminal.
    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, UseStringEnumConverter = true, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<Finding>))]
internal sealed partial class ExaminationJson : JsonSerializerContext;
