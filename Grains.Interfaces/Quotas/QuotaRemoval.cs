namespace Headgate.Grains;

/// <summary>What an administrator says of a quota that is to be removed.</summary>
[GenerateSerializer]
public enum QuotaRemoval
{
    /// <summary>Only when nothing is used of it, and nothing held for uploads.</summary>
    WhenEmpty = 0,

    /// <summary>In any case. What is stored stays on the repository's disks, out of the tenant's reach.</summary>
    LeaveData = 1,
}
