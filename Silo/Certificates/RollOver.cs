using Headgate.Silo.Authorization;

namespace Headgate.Silo.Certificates;

/// <summary>
/// The authority's roll-over as an administrator takes it: each step is refused while a program would be locked out by it, unless it is forced. Whoever is locked
/// out has to enrol again with a new code.
/// </summary>
internal sealed class RollOver(Authority authority, SiloCertificate own, ProgramTrusts programs, CertificateStanding standing)
{
    /// <summary>The programs that are not where the next step needs them: before a switch those that have not heard of the next root, before retiring those whose certificate leads to the former.</summary>
    public async Task<IReadOnlyList<ProgramTrust>> BehindAsync(CancellationToken cancellationToken)
    {
        var trusted = authority.Trusted;
        var all = await programs.ListAsync(cancellationToken);
        if (trusted.FirstOrDefault(root => root.State == RootState.Next) is { } next)
        {
            return [.. all.Where(program => !program.Trusts.Contains(next.Fingerprint))];
        }

        return trusted.Any(root => root.State == RootState.Former)
            ? [.. all.Where(program => program.Trusts.Count == 0 || program.Trusts[0] != trusted[0].Fingerprint)]
            : [];
    }

    /// <summary>Announces a next root.</summary>
    /// <exception cref="AuthorityException">It cannot be made.</exception>
    public async Task NextAsync(string who, CancellationToken cancellationToken) => await authority.NextAsync(who, cancellationToken);

    /// <summary>Issues under the next root. Answers the programs that would be locked out, in which case nothing was done unless <paramref name="force"/>.</summary>
    /// <exception cref="AuthorityException">There is no next root, or its file is not at hand.</exception>
    public async Task<IReadOnlyList<ProgramTrust>> SwitchAsync(Forcing force, string who, CancellationToken cancellationToken)
    {
        var behind = authority.Trusted.Any(root => root.State == RootState.Next) ? await BehindAsync(cancellationToken) : [];
        if (behind.Count > 0 && force == Forcing.No)
        {
            return behind;
        }

        await authority.SwitchAsync(who, cancellationToken);
        own.Renew();
        return behind;
    }

    /// <summary>Ceases to trust the former root. Answers the programs that would be locked out, in which case nothing was done unless <paramref name="force"/>.</summary>
    /// <exception cref="AuthorityException">The authority cannot be opened.</exception>
    public async Task<IReadOnlyList<ProgramTrust>> RetireAsync(Forcing force, string who, CancellationToken cancellationToken)
    {
        if (!authority.Trusted.Any(root => root.State == RootState.Former))
        {
            return [];
        }

        var behind = await BehindAsync(cancellationToken);
        if (behind.Count > 0 && force == Forcing.No)
        {
            return behind;
        }

        await authority.RetireAsync(who, cancellationToken);

        // Connections that stand were judged when they began.
        standing.Retire(behind.SelectMany(program => program.Serials));
        return behind;
    }
}
