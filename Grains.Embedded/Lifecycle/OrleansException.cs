namespace Orleans.Runtime;

/// <summary>Base of the engine's own errors, and the wrapper of errors that a storage threw.</summary>
[GenerateSerializer]
public class OrleansException : Exception
{
    /// <summary>An error.</summary>
    /// <param name="message">A sentence.</param>
    public OrleansException(string message)
        : base(message)
    {
    }

    /// <summary>An error that wraps another.</summary>
    /// <param name="message">A sentence.</param>
    /// <param name="innerException">What was thrown first.</param>
    public OrleansException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
