namespace Headgate.Protocol.Problems;

/// <summary>
/// The <c>code</c> member of every problem details answer (RFC 9457). Its <c>type</c> is <c>urn:headgate:problem:&lt;code&gt;</c>,
/// its <c>detail</c> is the sentence to show, and <c>retry</c> says whether waiting can cure it.
/// </summary>
public static class ProblemCodes
{
    /// <summary>A field of the request cannot be; <c>errors</c> names each with its value and what is allowed. 400.</summary>
    public const string Invalid = "invalid";

    /// <summary>The thing named does not exist. 404.</summary>
    public const string NotFound = "not-found";

    /// <summary>It exists already, or somebody changed it; <c>version</c> carries the current one. 409.</summary>
    public const string Conflict = "conflict";

    /// <summary>No certificate, or one of another role. 403.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>The certificate was revoked. 403.</summary>
    public const string Revoked = "revoked";

    /// <summary>The enrolment code is wrong, expired or of another role. 403.</summary>
    public const string CodeRefused = "code-refused";

    /// <summary>The enrolment code was used already, by another key. 403.</summary>
    public const string CodeUsed = "code-used";

    /// <summary>The tenant is disabled. 403; final.</summary>
    public const string TenantDisabled = "tenant-disabled";

    /// <summary>The tenant's lease of service has ended. 403; final.</summary>
    public const string LeaseEnded = "lease-ended";

    /// <summary>The tenant runs as many jobs at once as it may. 429; waiting cures it.</summary>
    public const string RunLimit = "run-limit";

    /// <summary>The tenant has no quota on that repository. 403; final.</summary>
    public const string NoQuota = "no-quota";

    /// <summary>The quota is used up. 507; final.</summary>
    public const string QuotaExceeded = "quota-exceeded";

    /// <summary>The run ended already, or another one of this job is open. 409.</summary>
    public const string RunClosed = "run-closed";

    /// <summary>The repository or the gateways are away. 503; waiting may cure it.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>The server's database has no room left; nothing was changed. 507; waiting may cure it.</summary>
    public const string StorageFull = "storage-full";

    /// <summary>The peer's version does not work with this one. 426.</summary>
    public const string VersionMismatch = "version-mismatch";

    /// <summary>Too many requests from this source. 429.</summary>
    public const string TooMany = "too-many";

    /// <summary>A fault of ours; it is logged under the answer's <c>traceId</c>. 500.</summary>
    public const string Internal = "internal";
}
