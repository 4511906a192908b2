namespace Headgate.Protocol.Tenant;

/// <summary>A plan that was not taken.</summary>
/// <param name="Job">The job.</param>
/// <param name="Sentence">Why, and what to do.</param>
public sealed record RefusedPlan(string Job, string Sentence);
