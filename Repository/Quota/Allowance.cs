namespace Headgate.Repository.Quota;

/// <summary>How far a write may go. Named, so that no caller passes a bare true.</summary>
internal enum Allowance
{
    /// <summary>To the limit.</summary>
    None,

    /// <summary>Past the limit by the maintenance allowance.</summary>
    Maintenance,
}
