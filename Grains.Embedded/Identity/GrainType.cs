namespace Orleans.Runtime;

/// <summary>The kind of a grain, the same for as long as it is stored: by default the class's name in lower case without "Grain".</summary>
/// <param name="Value">The name.</param>
public readonly record struct GrainType(IdSpan Value)
{
    /// <summary>The kind with this name.</summary>
    /// <param name="value">The name.</param>
    /// <exception cref="ArgumentException">The name is empty or white space.</exception>
    public static GrainType Create(string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        return new(IdSpan.Create(value));
    }

    /// <inheritdoc />
    public override string ToString() => Value.ToString();
}
