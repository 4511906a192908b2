using System.Globalization;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Commands;

namespace Headgate.Connector.Jobs;

/// <summary>
/// Variables for the tool and the hooks, the repository's password among them: never arguments, which every user of the machine can see. Lines of <c>NAME=value</c>, as
/// systemd's EnvironmentFile has them: blank lines and those that begin with <c>#</c> are left out, <c>export</c> may stand before, one pair of quotes around a value goes.
/// </summary>
internal static class EnvironmentFile
{
    /// <summary>Reads it.</summary>
    /// <exception cref="ConnectorFailureException">It cannot be read, other users may read it, or a line cannot be.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in Lines(path))
        {
            number++;
            var text = line.Trim();
            if (text.Length == 0 || text[0] is '#' or ';')
            {
                continue;
            }

            text = text.StartsWith("export ", StringComparison.Ordinal) ? text["export ".Length..].TrimStart() : text;
            var end = text.IndexOf('=', StringComparison.Ordinal);
            if (end < 1 || !text[..end].All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            {
                // The line itself may be a secret.
                throw new ConnectorFailureException(
                    ExitCodes.Usage, string.Create(CultureInfo.InvariantCulture, $"Line {number} of the environment file {path} is not NAME=value."));
            }

            variables[text[..end]] = Unquoted(text[(end + 1)..]);
        }

        return variables;
    }

    private static string[] Lines(string path)
    {
        try
        {
            return OwnerFile.IsOpenToOthers(path)
                ? throw new ConnectorFailureException(
                    ExitCodes.StateFolder, $"The environment file {path} may be read or changed by other users of this machine, and is not used so: chmod 600 {path}.")
                : File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConnectorFailureException(ExitCodes.StateFolder, $"The environment file {path} cannot be read: {e.Message}", e);
        }
    }

    private static string Unquoted(string value) =>
        value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[1..^1] : value;
}
