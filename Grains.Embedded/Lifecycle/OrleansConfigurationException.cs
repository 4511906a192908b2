namespace Orleans.Runtime;

/// <summary>The host cannot start as it is set up; the message names every fault found.</summary>
[GenerateSerializer]
public sealed class OrleansConfigurationException : Exception
{
    /// <summary>An error.</summary>
    /// <param name="message">A sentence.</param>
    public OrleansConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>An error that wraps another.</summary>
    /// <param name="message">A sentence.</param>
    /// <param name="innerException">What was thrown first.</param>
    public OrleansConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
