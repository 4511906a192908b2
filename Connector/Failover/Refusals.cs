using Headgate.Protocol.Problems;

namespace Headgate.Connector.Failover;

/// <summary>Which refusals waiting cures.</summary>
internal static class Refusals
{
    /// <summary>Whether the run ends at once with the sentence of <paramref name="refusal"/>.</summary>
    public static bool IsFinal(ProblemException refusal) => refusal.Code switch
    {
        ProblemCodes.TenantDisabled or ProblemCodes.LeaseEnded or ProblemCodes.NoQuota or ProblemCodes.QuotaExceeded or ProblemCodes.Revoked => true,
        ProblemCodes.RunLimit or ProblemCodes.Unavailable or ProblemCodes.TooMany => false,
        _ => !refusal.Problem.Retry,
    };
}
