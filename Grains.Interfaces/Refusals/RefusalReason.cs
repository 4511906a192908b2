namespace Headgate.Grains;

/// <summary>Why a grain refused. An API maps it to a problem code and a status. Stored and carried by number: values never change.</summary>
[GenerateSerializer]
public enum RefusalReason
{
    /// <summary>A value cannot be; the message names the field, the value and what is allowed.</summary>
    Invalid = 0,

    /// <summary>No such thing.</summary>
    NotFound = 1,

    /// <summary>A thing of that name exists.</summary>
    Exists = 2,

    /// <summary>Somebody changed it in the meantime; the current version goes with it.</summary>
    Changed = 3,

    /// <summary>The certificate or key was revoked.</summary>
    Revoked = 4,

    /// <summary>The enrolment code is wrong, expired or of another role.</summary>
    CodeRefused = 5,

    /// <summary>The enrolment code was used, by another key.</summary>
    CodeUsed = 6,

    /// <summary>The tenant is disabled.</summary>
    TenantDisabled = 7,

    /// <summary>The lease of service has ended.</summary>
    LeaseEnded = 8,

    /// <summary>As many jobs run at once as may.</summary>
    RunLimit = 9,

    /// <summary>No quota on that repository.</summary>
    NoQuota = 10,

    /// <summary>The quota is used up.</summary>
    QuotaExceeded = 11,

    /// <summary>The run ended, or is not the open one.</summary>
    RunClosed = 12,

    /// <summary>What is needed is away; waiting may cure it.</summary>
    Unavailable = 13,

    /// <summary>Only the service provider may do this.</summary>
    NeedsProvider = 14,
}
