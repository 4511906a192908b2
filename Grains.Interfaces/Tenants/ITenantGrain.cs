namespace Headgate.Grains;

/// <summary>
/// A customer of the SP. Key: the tenant's id. Every method but <see cref="CreateAsync"/> refuses with <see cref="RefusalReason.NotFound"/> when
/// there is no such tenant. Changes are written, together with what repositories must hear of them, before they are answered.
/// </summary>
[Alias("headgate.tenant")]
public interface ITenantGrain : IGrainWithStringKey
{
    /// <summary>Makes the tenant; refused with <see cref="RefusalReason.Exists"/> or <see cref="RefusalReason.Invalid"/>.</summary>
    Task<TenantInfo> CreateAsync(CreateTenant request, CancellationToken cancellationToken);

    /// <summary>The tenant as it was last written.</summary>
    [AlwaysInterleave]
    Task<TenantInfo> GetAsync(CancellationToken cancellationToken);

    /// <summary>Changes the tenant. Disabling takes its access keys from the repositories; its jobs end their runs when they next ask.</summary>
    Task<TenantInfo> ChangeAsync(ChangeTenant request, CancellationToken cancellationToken);

    /// <summary>Lets the tenant use a repository with a quota, or changes the quota's limit (bytes, at least 1 MiB). Makes the access name.</summary>
    Task<QuotaInfo> SetQuotaAsync(string repository, QuotaTerms terms, long? expectedVersion, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the tenant's use of a repository: quota, access name and access keys go; live agentless connections end within 5 s, open runs can write no more. Refused with
    /// <see cref="RefusalReason.NoQuota"/> when there is none, and as <see cref="IQuotaGrain.RemoveAsync"/> says.
    /// </summary>
    Task<TenantInfo> RemoveQuotaAsync(string repository, QuotaRemoval removal, CancellationToken cancellationToken);

    /// <summary>A one-time enrolment secret for a connector. <see cref="AccessLevel.Full"/> only where <see cref="CallContext.IsProvider"/> is set, else <see cref="RefusalReason.NeedsProvider"/>.</summary>
    Task<EnrolmentSecret> CreateCodeAsync(TimeSpan lifetime, AccessLevel level, CancellationToken cancellationToken);

    /// <summary>Uses a code: the connector and its certificate are stored in the transaction that spends the code.</summary>
    Task<IssuedCertificate> EnrolConnectorAsync(EnrolmentClaim claim, CancellationToken cancellationToken);

    /// <summary>A new certificate, by a new key, for a connector that is not revoked. <paramref name="serial"/>, with which it was asked, stays good beside it.</summary>
    Task<IssuedCertificate> RenewConnectorAsync(string connector, string serial, ImmutableArray<byte> publicKey, CancellationToken cancellationToken);

    /// <summary>Revokes a connector: its open routes close within 5 s. Idempotent.</summary>
    Task<TenantInfo> RevokeConnectorAsync(string connector, CancellationToken cancellationToken);

    /// <summary>Refuses unless the connector exists, is not revoked, and <paramref name="serial"/> is the one it holds or held last.</summary>
    [AlwaysInterleave]
    Task CheckConnectorAsync(string connector, string serial, CancellationToken cancellationToken);

    /// <summary>
    /// A new access key for agentless access to a repository the tenant may use. <see cref="AccessLevel.Full"/> only where <see cref="CallContext.IsProvider"/> is set, else
    /// <see cref="RefusalReason.NeedsProvider"/>.
    /// </summary>
    Task<CreatedAccessKey> CreateAccessKeyAsync(string repository, string name, AccessLevel level, CancellationToken cancellationToken);

    /// <summary>Revokes an access key: live connections end within 5 s. Idempotent.</summary>
    Task<TenantInfo> RevokeAccessKeyAsync(string key, CancellationToken cancellationToken);

    /// <summary>Whether a run may start: status, lease, connector, quota, run limit (counted by the jobs that claim and release).</summary>
    Task<RunPermit> ClaimRunAsync(RunClaim claim, CancellationToken cancellationToken);

    /// <summary>The job's run ended. Idempotent.</summary>
    Task ReleaseRunAsync(string job, CancellationToken cancellationToken);

    /// <summary>Closes open routes and takes the access keys from the repositories when the lease of service has ended. For the sweeper; false when there was nothing to do.</summary>
    Task<bool> EndLeaseAsync(CancellationToken cancellationToken);
}
