namespace Headgate.Connector.Commands;

/// <summary>Ends the command with <paramref name="exitCode"/> (one of <see cref="ExitCodes"/>) and a sentence for the user.</summary>
internal class ConnectorFailureException(int exitCode, string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    /// <summary>What the program exits with.</summary>
    public int ExitCode { get; } = exitCode;
}
