using Headgate.Grains;
using Headgate.Protocol.Naming;
using Headgate.Silo.Certificates;
using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Enrolment;

/// <summary>A grain that stands for one program with a certificate: codes, enrolment, renewal, revocation.</summary>
internal abstract class EnrolledGrain<TState, TView>(IPersistentState<TState> stored, TimeProvider time, ICertificateIssuer issuer, CodeWriter codes)
    : StoredGrain<TState, TView>(stored, time)
    where TState : EnrolledState
    where TView : class
{
    // Read by interleaving checks, so it is replaced as a whole after each write.
    private Holder _holder = new(null, null, false);

    protected abstract CertificateRole Role { get; }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        PublishHolder();
    }

    public async Task<EnrolmentSecret> CreateCodeAsync(TimeSpan lifetime, CancellationToken cancellationToken)
    {
        RequireExisting();
        var (secret, expires) = EnrolmentCodes.Add(State.Codes, lifetime, AccessLevel.ReadOnly, Now);
        Audit("code-created", $"An enrolment code for {Noun}, until {expires:O}.");
        await SaveAsync(cancellationToken);
        return new EnrolmentSecret(secret, expires, codes.Code(Role, Key, secret));
    }

    public async Task<IssuedCertificate> EnrolAsync(EnrolmentClaim claim, CancellationToken cancellationToken)
    {
        RequireExisting();
        var code = await EnrolmentCodes.JudgeAsync(State.Codes, claim, Now, () =>
        {
            Audit("code-used-again", $"A used enrolment code for {Noun} came again from host {Shown(claim.Host)}.");
            return SaveAsync(cancellationToken);
        });
        if (code.Use is { } use)
        {
            return use.Certificate;
        }
        var certificate = issuer.Issue(new CertificateIdentity(Role, Key), claim.PublicKey.AsSpan());
        EnrolmentCodes.Spend(State.Codes, code, claim, certificate, Now);
        State.Enrolment++;
        Hold(certificate, claim.PublicKey, previous: null);
        State.Revoked = false;
        Audit("enrolled", $"{Noun} enrolled from host {Shown(claim.Host)} with certificate {certificate.Serial}.");
        TellBelieved();
        await SaveAsync(cancellationToken);
        PublishHolder();
        return certificate;
    }

    public async Task<IssuedCertificate> RenewAsync(string serial, ImmutableArray<byte> publicKey, CancellationToken cancellationToken)
    {
        RequireExisting();
        RequireBelieved(State.Serial, State.Revoked);
        var certificate = issuer.Issue(new CertificateIdentity(Role, Key), publicKey.AsSpan());

        // The one that asked has proved its key; of the newest nobody knows whether it arrived.
        Hold(certificate, publicKey, previous: serial);
        Audit("renewed", $"{Noun} renewed its certificate: {certificate.Serial} follows {State.PreviousSerial}.");
        await SaveAsync(cancellationToken);
        PublishHolder();
        return certificate;
    }

    public Task CheckAsync(string serial, CancellationToken cancellationToken)
    {
        _ = View;
        var holder = _holder;
        RequireBelieved(holder.Serial, holder.Revoked);
        return serial == holder.Serial || serial == holder.PreviousSerial
            ? Task.CompletedTask
            : throw new RefusedException(RefusalReason.Revoked, $"Certificate {Shown(serial)} of {Noun} has been replaced by a newer enrolment. Enrol again.");
    }

    /// <summary>Issues the first certificate of a grain that is made by <paramref name="codeSha256"/>, which is spent at once. To be written by the caller, who then publishes.</summary>
    protected IssuedCertificate Begin(ImmutableArray<byte> codeSha256, ImmutableArray<byte> publicKey)
    {
        var certificate = issuer.Issue(new CertificateIdentity(Role, Key), publicKey.AsSpan());
        State.Codes.Add(new EnrolmentCodeEntry(
            codeSha256, AccessLevel.ReadOnly, Now, Now, new EnrolmentCodeUse(Now, EnrolmentCodes.KeyHash(publicKey), certificate)));
        State.Enrolment++;
        Hold(certificate, publicKey, previous: null);
        TellBelieved();
        return certificate;
    }

    /// <summary>Revokes; false when it was revoked already.</summary>
    protected async Task<bool> TryRevokeAsync(CancellationToken cancellationToken)
    {
        RequireExisting();
        if (State.Revoked)
        {
            return false;
        }
        State.Revoked = true;
        State.Codes.RemoveAll(code => code.Use is null);
        Audit("revoked", $"The certificate of {Noun} and its unused codes.");
        TellRevoked();
        await SaveAsync(cancellationToken);
        PublishHolder();
        return true;
    }

    /// <summary>Adds the events by which others come to believe it.</summary>
    protected abstract void TellBelieved();

    /// <summary>Adds the events by which others cease to believe it.</summary>
    protected abstract void TellRevoked();

    /// <summary>Lets interleaving checks see the certificate that was written.</summary>
    protected void PublishHolder() => _holder = new Holder(State.Serial, State.PreviousSerial, State.Revoked);

    protected static string Shown(string text) => text.Length > 64 ? text[..64] + "..." : text;

    private void Hold(IssuedCertificate certificate, ImmutableArray<byte> publicKey, string? previous)
    {
        (State.Serial, State.PreviousSerial, State.NotAfter) = (certificate.Serial, previous, certificate.NotAfter);
        State.Issued.Add(new IssuedEntry(certificate.Serial, certificate.Identity, EnrolmentCodes.KeyHash(publicKey), Now, certificate.NotAfter));
    }

    private void RequireBelieved(string? serial, bool revoked)
    {
        if (revoked)
        {
            throw new RefusedException(RefusalReason.Revoked, $"The certificate of {Noun} was revoked. To use it again, enrol it with a new code.");
        }
        if (serial is null)
        {
            throw new RefusedException(RefusalReason.Revoked, $"The {Noun} has not enrolled. Enrol it with a code.");
        }
    }

    private sealed record Holder(string? Serial, string? PreviousSerial, bool Revoked);
}
