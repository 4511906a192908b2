namespace Orleans;

/// <summary>How long callers of this method wait, instead of 30 seconds. The callee goes on when they have given up.</summary>
/// <param name="timeout">As <see cref="TimeSpan.Parse(string)"/> reads it: <c>"00:00:05"</c>.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ResponseTimeoutAttribute(string timeout) : Attribute
{
    /// <summary>The wait.</summary>
    public TimeSpan? Timeout { get; init; } = TimeSpan.Parse(timeout, System.Globalization.CultureInfo.InvariantCulture);
}
