namespace Orleans.Runtime;

/// <summary>Something a call can be addressed to: a grain, or the reference that stands for one.</summary>
public interface IAddressable;
