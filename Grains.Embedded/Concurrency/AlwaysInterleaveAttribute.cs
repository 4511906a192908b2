namespace Orleans.Concurrency;

/// <summary>Calls of this method run at any time, between the turns of whatever else runs in the activation. Set on the interface's method.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;
