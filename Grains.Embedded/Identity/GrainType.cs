namespace Orleans.Runtime;

/// <summary>The name of a kind of grain: that of <see cref="GrainTypeAttribute"/>, else the class's name in lower case without "grain" at its end.</summary>
public readonly struct GrainType : IEquatable<GrainType>, IComparable<GrainType>
{
    /// <summary>The kind with this name.</summary>
    /// <param name="id">The name.</param>
    public GrainType(IdSpan id) => Value = id;

    /// <summary>The name.</summary>
    public IdSpan Value { get; }

    /// <summary>Whether nothing is named.</summary>
    public bool IsDefault => Value.IsDefault;

    /// <summary>The kind with this name.</summary>
    /// <param name="value">The name.</param>
    /// <exception cref="ArgumentException">The name is empty or white space.</exception>
    public static GrainType Create(string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        return new(IdSpan.Create(value));
    }

    /// <inheritdoc />
    public bool Equals(GrainType obj) => Value.Equals(obj.Value);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is GrainType other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => Value.GetHashCode();

    /// <inheritdoc />
    public int CompareTo(GrainType other) => Value.CompareTo(other.Value);

    /// <inheritdoc />
    public override string ToString() => Value.ToString();

    /// <summary>Whether both name the same kind.</summary>
    public static bool operator ==(GrainType left, GrainType right) => left.Equals(right);

    /// <summary>Whether they name different kinds.</summary>
    public static bool operator !=(GrainType left, GrainType right) => !left.Equals(right);
}
