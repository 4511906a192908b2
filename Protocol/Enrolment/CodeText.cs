namespace Headgate.Protocol.Enrolment;

/// <summary>An enrolment code as a command line gives it.</summary>
public static class CodeText
{
    /// <summary>The argument that stands for the first line of standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>The code itself; an empty one, which no code is, when there is nothing to read.</summary>
    public static async Task<string> ReadAsync(string argument, TextReader input, CancellationToken cancellationToken) =>
        argument == StandardInput ? (await input.ReadLineAsync(cancellationToken))?.Trim() ?? "" : argument;
}
