namespace Headgate.Silo.Certificates;

/// <summary>The authority cannot be opened or made; the message is the sentence for the operator. The server does not start.</summary>
internal sealed class AuthorityException : Exception
{
    public AuthorityException(string message)
        : base(message)
    {
    }

    public AuthorityException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
