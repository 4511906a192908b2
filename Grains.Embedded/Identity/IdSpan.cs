namespace Orleans.Runtime;

/// <summary>A part of a grain's identity, compared ordinally.</summary>
public readonly record struct IdSpan
{
    private readonly string? _value;

    private IdSpan(string value) => _value = value;

    /// <summary>The part with this text.</summary>
    /// <param name="id">The text.</param>
    public static IdSpan Create(string id) => new(id);

    /// <inheritdoc />
    public override string ToString() => _value ?? "";
}
