namespace Headgate.Testing.Fuzzing;

/// <summary>An input for which something does not hold.</summary>
/// <param name="message">What, and how to make the input again.</param>
/// <param name="fault">What was thrown; null when the run as a whole is at fault.</param>
public sealed class FuzzException(string message, Exception? fault = null) : Exception(message, fault)
{
    /// <summary>Throws when a rule does not hold.</summary>
    public static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new FuzzException(otherwise);
        }
    }
}
