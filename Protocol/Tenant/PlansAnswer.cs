namespace Headgate.Protocol.Tenant;

/// <summary>What became of plans.</summary>
/// <param name="Refused">Those that were not taken, each with a sentence; the others were.</param>
public sealed record PlansAnswer(IReadOnlyList<RefusedPlan> Refused);
