namespace Headgate.Grains;

/// <summary>A grain refused a call: an expected outcome, with a sentence for the user. Nothing was changed.</summary>
[GenerateSerializer, Alias("headgate.refused")]
public sealed class RefusedException : Exception
{
    /// <summary>A refusal.</summary>
    /// <param name="reason">The reason, for the API.</param>
    /// <param name="message">The sentence, for the user: what is wrong and what to do.</param>
    /// <param name="version">The current version, on <see cref="RefusalReason.Changed"/>.</param>
    public RefusedException(RefusalReason reason, string message, long? version = null)
        : base(message)
    {
        Reason = reason;
        Version = version;
    }

    /// <summary>The reason, for the API.</summary>
    [Id(0)]
    public RefusalReason Reason { get; private set; }

    /// <summary>The current version of what was changed, or null.</summary>
    [Id(1)]
    public long? Version { get; private set; }
}
