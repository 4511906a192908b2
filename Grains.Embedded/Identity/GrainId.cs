namespace Orleans.Runtime;

/// <summary>Which grain: its kind and its key. Written <c>kind/key</c>.</summary>
/// <param name="Type">The kind.</param>
/// <param name="Key">The key.</param>
public readonly record struct GrainId(GrainType Type, IdSpan Key)
{
    /// <summary>The grain of this kind with this key.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="key">The key.</param>
    /// <exception cref="ArgumentException">The kind or the key is empty or white space.</exception>
    public static GrainId Create(string type, string key)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        return new(GrainType.Create(type), IdSpan.Create(key));
    }

    /// <inheritdoc />
    public override string ToString() => $"{Type}/{Key}";
}
