namespace Orleans.Runtime;

/// <summary>Values that travel with calls, from caller to callee and on. What a callee sets is not seen by its caller. Values should be immutable.</summary>
public static class RequestContext
{
    // Copied on every change: a request keeps the dictionary that stood when it was sent.
    private static readonly AsyncLocal<Dictionary<string, object>?> Values = new();

    internal static Dictionary<string, object>? Current
    {
        get => Values.Value;
        set => Values.Value = value;
    }

    /// <summary>The keys that are set.</summary>
    public static IEnumerable<string> Keys => Current?.Keys ?? Enumerable.Empty<string>();

    /// <summary>The value of a key; null when it is not set.</summary>
    /// <param name="key">The key.</param>
    public static object? Get(string key) => Current?.GetValueOrDefault(key);

    /// <summary>Sets a value for the calls made from here on.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; serializable.</param>
    public static void Set(string key, object value)
    {
        var values = Current is null ? new(capacity: 2) : new Dictionary<string, object>(Current);
        values[key] = value;
        Current = values;
    }

    /// <summary>Removes a value for the calls made from here on.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether it was set.</returns>
    public static bool Remove(string key)
    {
        if (Current?.ContainsKey(key) is not true)
        {
            return false;
        }

        var left = new Dictionary<string, object>(Current);
        left.Remove(key);
        Current = left.Count == 0 ? null : left;
        return true;
    }

    /// <summary>Removes all values for the calls made from here on.</summary>
    public static void Clear() => Current = null;
}
