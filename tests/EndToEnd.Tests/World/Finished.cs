namespace Headgate.EndToEnd.Tests;

/// <summary>A program that ended.</summary>
internal sealed record Finished(int ExitCode, string Output, string Error)
{
    /// <summary>Fails the test with all that was printed, unless the program ended with 0.</summary>
    public Finished Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}\n{Error}");
        return this;
    }
}
