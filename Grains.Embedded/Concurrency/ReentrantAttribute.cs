namespace Orleans.Concurrency;

/// <summary>All calls of this grain class may run between each other's turns. Still only one turn at a time.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;
