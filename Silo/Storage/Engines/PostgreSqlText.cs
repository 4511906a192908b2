using System.Data.Common;
using System.Text;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Headgate.Silo.Storage.Engines;

/// <summary>
/// What PostgreSQL takes for text is Unicode without U+0000. Names that people type and words that peers send may hold more; here it becomes U+FFFD, as SQLite's encoder
/// makes of halves of surrogate pairs, so that a hostile name is one that nobody has and not an error of the database.
/// </summary>
internal sealed class PostgreSqlText : DbCommandInterceptor
{
    public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
    {
        Clean(command);
        return result;
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Clean(command);
        return ValueTask.FromResult(result);
    }

    public override InterceptionResult<int> NonQueryExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<int> result)
    {
        Clean(command);
        return result;
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Clean(command);
        return ValueTask.FromResult(result);
    }

    internal static string Clean(string text)
    {
        if (!text.Contains('\0', StringComparison.Ordinal) && !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return text;
        }
        var clean = new StringBuilder(text.Length);
        // Halves of pairs come out of the enumeration as U+FFFD.
        foreach (var rune in text.EnumerateRunes())
        {
            clean.Append((rune.Value == 0 ? Rune.ReplacementChar : rune).ToString());
        }
        return clean.ToString();
    }

    private static void Clean(DbCommand command)
    {
        foreach (DbParameter parameter in command.Parameters)
        {
            switch (parameter.Value)
            {
                case string text:
                    parameter.Value = Clean(text);
                    break;
                case IReadOnlyCollection<string> texts when texts.Any(text => !ReferenceEquals(Clean(text), text)):
                    parameter.Value = texts.Select(Clean).ToArray();
                    break;
            }
        }
    }
}
