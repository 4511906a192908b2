namespace Orleans;

/// <summary>The type may cross between grains. Its members need <see cref="IdAttribute"/>, except those of a record's primary constructor.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute
{
    /// <summary>Whether a primary constructor's parameters are members. Default: for records only.</summary>
    public bool IncludePrimaryConstructorParameters { get; init; }
}
