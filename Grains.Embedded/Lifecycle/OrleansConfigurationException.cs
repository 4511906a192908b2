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
}
