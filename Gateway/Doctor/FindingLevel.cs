namespace Headgate.Gateway.Doctor;

/// <summary>How bad a finding is.</summary>
internal enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, and will not for ever or not for everybody.</summary>
    Warning,

    /// <summary>Something does not work.</summary>
    Problem,
}
