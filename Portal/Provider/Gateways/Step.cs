namespace Headgate.Portal.Provider.Gateways;

/// <summary>A step of something that takes several.</summary>
/// <param name="Text">What it says.</param>
/// <param name="IsDone">Whether it is behind us.</param>
public sealed record Step(string Text, bool IsDone);
