namespace Headgate.Portal.Provider.Gateways;

/// <summary>How a drain began, as this process saw it.</summary>
/// <param name="At">When.</param>
/// <param name="Connections">How many connections there were.</param>
public sealed record DrainStart(DateTimeOffset At, long Connections);
