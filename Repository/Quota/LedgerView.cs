namespace Headgate.Repository.Quota;

/// <summary>A tenant's quota at one moment, in bytes, as this host sees it.</summary>
/// <param name="Limit">The limit; null when none is known.</param>
/// <param name="Ceiling">How far this host may go with ordinary writes.</param>
/// <param name="Maintenance">How much further for maintenance.</param>
/// <param name="Used">What committed objects cost here.</param>
/// <param name="Reserved">What uploads under way may still cost.</param>
/// <param name="Elsewhere">What the repository's other hosts used and held when the silo last said.</param>
/// <param name="Locks">Lock files, which do not count against the limit.</param>
internal readonly record struct LedgerView(
    long? Limit, long Ceiling, long Maintenance, long Used, long Reserved, long Elsewhere, int Locks);
