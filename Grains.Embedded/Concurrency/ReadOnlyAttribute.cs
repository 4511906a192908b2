namespace Orleans.Concurrency;

/// <summary>Calls of this method may run between each other's turns, but not beside a call without this attribute. Set on the interface's method.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;
