namespace Headgate.Protocol.Tenant;

/// <summary>All that a machine's service plans.</summary>
/// <param name="Plans">Each job once, at most 200; the caller's plans of other jobs are withdrawn.</param>
public sealed record PlansRequest(IReadOnlyList<PlannedJob> Plans);
