using System.Globalization;

namespace Headgate.Portal.Provider.Repositories;

/// <summary>How a repository stands, in a word.</summary>
internal static class RepositoryStanding
{
    /// <summary>Silent for longer than this: its runs cannot start.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    public static (Tone Tone, string Text) Of(RepositoryInfo repository, DateTimeOffset now) => repository switch
    {
        { Revoked: true } => (Tone.Neutral, "Revoked"),
        { Enrolled: false } => (Tone.Neutral, "Not enrolled"),
        { LastHeard: null } => (Tone.Warning, "Not heard yet"),
        { LastHeard: { } heard } when now - heard > Silence => (Tone.Bad, "Silent"),
        _ => (Tone.Good, "Up"),
    };

    /// <summary>What is sold of a disk: <c>41 % of the disk</c>, <c>2.5 times the disk</c>.</summary>
    public static string Share(long soldBytes, long capacityBytes) => capacityBytes <= 0 ? "of a disk of unknown size"
        : soldBytes <= capacityBytes ? $"{Sizes.Percent(soldBytes, capacityBytes)} % of the disk"
        : string.Create(CultureInfo.InvariantCulture, $"{(double)soldBytes / capacityBytes:0.#} times the disk");

    /// <summary>Where a new tenant goes: what is up with the most free space, else what may come up. Null when there is none that could take it.</summary>
    public static RepositoryInfo? Roomiest(IEnumerable<RepositoryInfo> repositories, DateTimeOffset now) => repositories
        .Where(repository => !repository.Revoked)
        .OrderByDescending(repository => Of(repository, now).Tone == Tone.Good)
        .ThenByDescending(repository => repository.Enrolled)
        .ThenByDescending(repository => repository.State?.FreeBytes ?? 0)
        .ThenBy(repository => repository.Repository, StringComparer.Ordinal)
        .FirstOrDefault();
}
