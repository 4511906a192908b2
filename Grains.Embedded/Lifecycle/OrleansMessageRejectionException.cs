namespace Orleans.Runtime;

/// <summary>The call was refused before it ran: the engine is not running.</summary>
[GenerateSerializer]
public class OrleansMessageRejectionException : OrleansException
{
    internal OrleansMessageRejectionException(string message)
        : base(message)
    {
    }
}
