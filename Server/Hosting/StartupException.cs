namespace Headgate.Server.Hosting;

/// <summary>The server cannot start; the message is the sentence for the operator.</summary>
internal sealed class StartupException : Exception
{
    public StartupException(string message)
        : base(message)
    {
    }

    public StartupException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
