using System.Security.Cryptography;
using System.Text;
using Headgate.Grains;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Grains.Enrolment;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Tenants;

/// <summary>A customer of the SP.</summary>
[GrainType("tenant")]
internal sealed class TenantGrain(
    [PersistentState("tenant")] IPersistentState<TenantState> stored, TimeProvider time, ICertificateIssuer issuer, CodeWriter codes, SiloOptions options)
    : StoredGrain<TenantState, TenantView>(stored, time), ITenantGrain
{
    private const int MaxRunLimit = 10_000;
    private const int MaxAccessKeys = 1000;

    protected override string Noun => $"tenant '{Key}'";

    protected override string? Owner => Key;

    public async Task<TenantInfo> CreateAsync(CreateTenant request, CancellationToken cancellationToken)
    {
        Require.Identifier("tenant", Key);
        Require.Text("displayName", request.DisplayName, 100);
        Require.Pools("pools", request.Pools);
        Require.Range("runLimit", request.RunLimit, 0, MaxRunLimit);
        TenantRules.RequireBandwidth(request.BytesPerSecond);
        RequireNew();
        (State.DisplayName, State.LeaseEnds, State.RunLimit, State.Created) = (request.DisplayName, request.LeaseEnds, request.RunLimit, Now);
        State.BytesPerSecond = request.BytesPerSecond;
        State.Pools = [.. request.Pools];
        Audit("tenant-created", $"{Noun}, '{request.DisplayName}', bandwidth limit {TenantBandwidth.Format(State.BytesPerSecond)}.");
        return await SaveChangeAsync(cancellationToken);
    }

    public Task<TenantInfo> GetAsync(CancellationToken cancellationToken) => Task.FromResult(View.Info);

    public async Task<TenantInfo> ChangeAsync(ChangeTenant request, CancellationToken cancellationToken)
    {
        RequireExisting();
        Actor.RefuseOthers($"Changing {Noun}");
        Require.Version(Noun, request.ExpectedVersion, State.Revision);
        Require.Text("displayName", request.DisplayName ?? State.DisplayName, 100);
        Require.Defined("status", request.Status ?? State.Status);
        Require.Pools("pools", request.Pools ?? [.. State.Pools]);
        Require.Range("runLimit", request.RunLimit ?? State.RunLimit, 0, MaxRunLimit);
        var limit = request.BytesPerSecond is { } asked ? (asked == 0 ? null : asked) : State.BytesPerSecond;
        TenantRules.RequireBandwidth(limit);
        var wasServed = State.IsServed(Now);
        var hadEnded = State.LeaseClosed;
        State.DisplayName = request.DisplayName ?? State.DisplayName;
        State.Status = request.Status ?? State.Status;
        State.RunLimit = request.RunLimit ?? State.RunLimit;
        (State.TellsLimit, State.BytesPerSecond) = (limit != State.BytesPerSecond, limit);
        State.Pools = request.Pools is { } pools ? [.. pools] : State.Pools;
        State.LeaseEnds = request.LeaseEnds is { } ends ? (ends == DateTimeOffset.MaxValue ? null : ends) : State.LeaseEnds;
        State.LeaseClosed = State.LeaseEnds <= Now;
        if (State.IsServed(Now) != wasServed || State.LeaseClosed != hadEnded)
        {
            TellServed();
        }
        var lease = State.LeaseEnds?.ToString("O") ?? "further notice";
        Audit(
            "tenant-changed",
            $"{Noun}: {State.Status}, '{State.DisplayName}', lease until {lease}, run limit {State.RunLimit}, bandwidth limit {TenantBandwidth.Format(limit)}, pools {string.Join(' ', State.Pools)}.");
        return await SaveChangeAsync(cancellationToken);
    }

    public async Task<bool> EndLeaseAsync(CancellationToken cancellationToken)
    {
        RequireExisting();
        if (State.LeaseClosed || !(State.LeaseEnds <= Now))
        {
            return false;
        }
        State.LeaseClosed = true;
        TellServed();
        Audit("lease-ended", $"The lease of {Noun} ended at {State.LeaseEnds:O}.");
        await SaveChangeAsync(cancellationToken);
        return true;
    }

    public async Task<QuotaInfo> SetQuotaAsync(string repository, QuotaTerms terms, long? expectedVersion, CancellationToken cancellationToken)
    {
        RequireExisting();
        Actor.RefuseOthers($"Setting a quota of {Noun}");
        Require.Identifier("repository", repository);
        // The quota first: an entitlement without one would let nobody write and say nothing useful. Both can be repeated.
        var quota = await GrainFactory.GetGrain<IQuotaGrain>(GrainKey.Of(Key, repository)).SetAsync(terms, expectedVersion, cancellationToken);
        if (!State.Entitlements.Any(entitlement => entitlement.Repository == repository))
        {
            var entitlement = new EntitlementEntry(repository, new ZoneNames(options.Zone).NewAccess(), Now);
            State.Entitlements.Add(entitlement);
            TellAccess(entitlement);
            Audit("entitled", $"{Noun} to repository '{repository}'.");
            await SaveChangeAsync(cancellationToken);
        }
        return quota;
    }

    public async Task<TenantInfo> RemoveQuotaAsync(string repository, QuotaRemoval removal, CancellationToken cancellationToken)
    {
        RequireExisting();
        var entitlement = RequireEntitlement(repository);
        try
        {
            await GrainFactory.GetGrain<IQuotaGrain>(GrainKey.Of(Key, repository)).RemoveAsync(removal, cancellationToken);
        }
        catch (RefusedException refusal) when (refusal.Reason == RefusalReason.NoQuota)
        {
            // It went before, and this grain's own write did not follow: now it does.
        }
        State.Entitlements.Remove(entitlement);
        for (var at = 0; at < State.AccessKeys.Count; at++)
        {
            if (State.AccessKeys[at].Repository == repository)
            {
                State.AccessKeys[at] = State.AccessKeys[at] with { Revoked = true };
            }
        }
        Tell(EdgeAudience.Repository(repository), EdgeEventKinds.AccessClosed, new NameReference(entitlement.AccessName));
        Audit("quota-removed", $"{Noun} may not use repository '{repository}' any more.");
        return await SaveChangeAsync(cancellationToken);
    }

    public async Task<EnrolmentSecret> CreateCodeAsync(TimeSpan lifetime, AccessLevel level, CancellationToken cancellationToken)
    {
        RequireExisting();
        TenantRules.RequireMayGive(level, Key);
        var (secret, expires) = EnrolmentCodes.Add(State.Codes, lifetime, level, Now);
        Audit("code-created", $"An enrolment code for a connector of {Noun} ({level}), until {expires:O}.");
        await SaveAsync(cancellationToken);
        return new EnrolmentSecret(secret, expires, codes.Code(CertificateRole.Connector, Key, secret));
    }

    public async Task<IssuedCertificate> EnrolConnectorAsync(EnrolmentClaim claim, CancellationToken cancellationToken)
    {
        RequireExisting();
        Require.Text("host", claim.Host, 253);
        var code = await EnrolmentCodes.JudgeAsync(State.Codes, claim, Now, () =>
        {
            Audit("code-used-again", $"A used enrolment code of {Noun} came again from host '{claim.Host}'.");
            return SaveAsync(cancellationToken);
        });
        if (code.Use is { } use)
        {
            return use.Certificate;
        }
        RequireServed();
        var connector = ConnectorNames.From(claim.Host, State.Connectors.Select(known => known.Connector).ToHashSet(StringComparer.Ordinal));
        var certificate = Issue(connector, claim.PublicKey);
        EnrolmentCodes.Spend(State.Codes, code, claim, certificate, Now);
        State.Connectors.Add(new ConnectorEntry(connector, claim.Host, certificate.Serial, null, code.Level, Now, certificate.NotAfter, false));
        Audit("enrolled", $"Connector '{connector}' of {Noun} from host '{claim.Host}' with certificate {certificate.Serial}.");
        await SaveChangeAsync(cancellationToken);
        return certificate;
    }

    public async Task<IssuedCertificate> RenewConnectorAsync(string connector, string serial, ImmutableArray<byte> publicKey, CancellationToken cancellationToken)
    {
        RequireExisting();
        var known = TenantRules.Connector(State.Connectors, Key, connector);
        var certificate = Issue(connector, publicKey);
        Replace(State.Connectors, known, known with { Serial = certificate.Serial, PreviousSerial = serial, NotAfter = certificate.NotAfter });
        Audit("renewed", $"Connector '{connector}' of {Noun}: {certificate.Serial} follows {serial}.");
        await SaveChangeAsync(cancellationToken);
        return certificate;
    }

    public async Task<TenantInfo> RevokeConnectorAsync(string connector, CancellationToken cancellationToken)
    {
        RequireExisting();
        var known = State.Connectors.Find(entry => entry.Connector == connector)
            ?? throw new RefusedException(RefusalReason.NotFound, $"There is no connector '{connector}' of {Noun}.");
        if (known.Revoked)
        {
            return View.Info;
        }
        Replace(State.Connectors, known, known with { Revoked = true });
        State.Closures.Add(new RouteClosure(connector));
        Audit("revoked", $"Connector '{connector}' of {Noun}.");
        return await SaveChangeAsync(cancellationToken);
    }

    public Task CheckConnectorAsync(string connector, string serial, CancellationToken cancellationToken)
    {
        var known = TenantRules.Connector(View.Connectors, Key, connector);
        return serial == known.Serial || serial == known.PreviousSerial
            ? Task.CompletedTask
            : throw new RefusedException(RefusalReason.Revoked, $"This certificate of connector '{connector}' of {Noun} has been replaced by a newer one. Enrol again with a new code.");
    }

    public async Task<CreatedAccessKey> CreateAccessKeyAsync(string repository, string name, AccessLevel level, CancellationToken cancellationToken)
    {
        RequireExisting();
        Require.Text("name", name, 100);
        Require.Defined("level", level);
        TenantRules.RequireMayGive(level, Key);
        var entitlement = RequireEntitlement(repository);
        Require.Range("accessKeys", State.AccessKeys.Count + 1, 1, MaxAccessKeys);
        var key = Base32.Encode(RandomNumberGenerator.GetBytes(10));
        var secret = Base32.Encode(RandomNumberGenerator.GetBytes(16));
        State.AccessKeys.Add(new AccessKeyEntry(key, repository, level, name, [.. SHA256.HashData(Encoding.UTF8.GetBytes(secret))], Now, false));
        TellAccess(entitlement);
        Audit("access-key-created", $"'{key}' ({level}, '{name}') of {Noun} for repository '{repository}'.");
        await SaveChangeAsync(cancellationToken);
        return new CreatedAccessKey(key, secret, entitlement.AccessName, codes.AccessUrl(key, secret, entitlement.AccessName));
    }

    public async Task<TenantInfo> RevokeAccessKeyAsync(string key, CancellationToken cancellationToken)
    {
        RequireExisting();
        var known = State.AccessKeys.Find(entry => entry.Key == key)
            ?? throw new RefusedException(RefusalReason.NotFound, $"There is no access key '{key}' of {Noun}.");
        if (known.Revoked)
        {
            return View.Info;
        }
        Replace(State.AccessKeys, known, known with { Revoked = true });
        TellAccess(RequireEntitlement(known.Repository));
        Audit("access-key-revoked", $"'{key}' of {Noun}.");
        return await SaveChangeAsync(cancellationToken);
    }

    public async Task<RunPermit> ClaimRunAsync(RunClaim claim, CancellationToken cancellationToken)
    {
        RequireExisting();
        RequireServed();
        var connector = TenantRules.Connector(State.Connectors, Key, claim.Connector);
        RequireEntitlement(claim.Repository);
        // A full quota refuses nothing here: prune must run to make room. The repository refuses the bytes that are too many.
        var quota = await GrainFactory.GetGrain<IQuotaGrain>(GrainKey.Of(Key, claim.Repository)).GetAsync(cancellationToken);
        if (!claim.ReadsOnly && !State.Claims.Any(known => known.Job == claim.Job))
        {
            if (State.RunLimit > 0 && State.Claims.Count >= State.RunLimit)
            {
                var running = string.Join(", ", State.Claims.Take(8).Select(known => known.Job));
                throw new RefusedException(
                    RefusalReason.RunLimit,
                    $"{State.Claims.Count} jobs of {Noun} run now, and {State.RunLimit} may at once: {running}. Wait until one ends, or have the run limit raised.");
            }
            State.Claims.Add(new RunClaimEntry(claim.Job, Now));
            await SaveAsync(cancellationToken);
        }
        return new RunPermit(DefaultPool.Or(State.Pools), claim.ReadsOnly ? AccessLevel.ReadOnly : connector.Level, quota.LimitBytes);
    }

    public async Task ReleaseRunAsync(string job, CancellationToken cancellationToken)
    {
        RequireExisting();
        if (State.Claims.RemoveAll(claim => claim.Job == job) > 0)
        {
            await SaveAsync(cancellationToken);
        }
    }

    protected override long ToldVersion => State.Revision;

    protected override TenantView Describe() => TenantView.Of(Key, State);

    private static void Replace<T>(List<T> list, T old, T changed) => list[list.IndexOf(old)] = changed;

    private IssuedCertificate Issue(string connector, ImmutableArray<byte> publicKey)
    {
        var certificate = issuer.Issue(new CertificateIdentity(CertificateRole.Connector, GrainKey.Of(Key, connector)), publicKey.AsSpan());
        State.Issued.Add(new IssuedEntry(certificate.Serial, certificate.Identity, EnrolmentCodes.KeyHash(publicKey), Now, certificate.NotAfter));
        return certificate;
    }

    private void RequireServed()
    {
        if (State.Status != TenantStatus.Active)
        {
            throw TenantRules.Disabled(Key);
        }
        if (State.LeaseEnds is { } ends && ends <= Now)
        {
            throw TenantRules.LeaseEnded(Key, ends);
        }
    }

    private EntitlementEntry RequireEntitlement(string repository)
    {
        if (State.Entitlements.Find(entitlement => entitlement.Repository == repository) is { } known)
        {
            return known;
        }
        var others = State.Entitlements.Count == 0
            ? "It has none at all: ask your service provider for one."
            : $"It may use: {string.Join(", ", State.Entitlements.Select(entitlement => entitlement.Repository))}.";
        throw new RefusedException(RefusalReason.NoQuota, $"The {Noun} has no quota on repository '{repository}'. {others}");
    }

    private async Task<TenantInfo> SaveChangeAsync(CancellationToken cancellationToken)
    {
        State.Revision++;
        await SaveAsync(cancellationToken);
        return View.Info;
    }

    /// <summary>Served or not has changed: keys go to the repositories or are taken from them, and open routes of one who is not served are closed.</summary>
    private void TellServed()
    {
        foreach (var entitlement in State.Entitlements)
        {
            TellAccess(entitlement);
        }
        if (!State.IsServed(Now))
        {
            State.Closures.Add(new RouteClosure(null));
        }
    }

    private void TellAccess(EntitlementEntry entitlement) => Tell(
        EdgeAudience.Repository(entitlement.Repository),
        EdgeEventKinds.AccessChanged,
        new AccessGrant(entitlement.AccessName, Key, State.IsServed(Now) ? TenantRules.Grants(State.AccessKeys, entitlement.Repository) : []));
}
