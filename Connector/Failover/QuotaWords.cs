using Headgate.Protocol.Naming;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Failover;

/// <summary>What users read about a quota that is filling up.</summary>
internal static class QuotaWords
{
    /// <summary>Such as <c>Repository west fills up: 460.00 GiB of 500.00 GiB are used, ...</c>.</summary>
    public static string Warning(QuotaStatus quota) =>
        $"Repository {quota.Repository} fills up: {ByteSize.Format(quota.UsedBytes)} of {ByteSize.Format(quota.LimitBytes)} are used, and your provider warns from {ByteSize.Format(quota.SoftLimitBytes ?? quota.LimitBytes)} on. "
        + "Nothing is refused yet: make room with 'restic forget --prune', or ask your provider for more.";
}
