namespace Headgate.Portal;

/// <summary>The latest answer to a query.</summary>
/// <typeparam name="T">The answer.</typeparam>
/// <param name="Value">The last good answer; default before the first.</param>
/// <param name="HasValue">Whether there was one.</param>
/// <param name="Refusal">Why the last read was refused, such as that there is no such tenant; null otherwise.</param>
/// <param name="IsStale">Whether the last read failed and <paramref name="Value"/> is what was known before.</param>
/// <param name="At">When <paramref name="Value"/> was read.</param>
public sealed record LiveValue<T>(T? Value, bool HasValue, RefusedException? Refusal, bool IsStale, DateTimeOffset At)
{
    /// <summary>Nothing was read yet.</summary>
    public static readonly LiveValue<T> None = new(default, false, null, false, DateTimeOffset.MinValue);
}
