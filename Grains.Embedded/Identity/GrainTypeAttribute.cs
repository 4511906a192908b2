using Orleans.Runtime;

namespace Orleans;

/// <summary>Names the kind of a grain class, so that stored identities do not depend on the class's name.</summary>
/// <param name="grainType">The name.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class GrainTypeAttribute(string grainType) : Attribute
{
    internal GrainType GrainType { get; } = GrainType.Create(grainType);
}
