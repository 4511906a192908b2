using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Repository.Quota;

namespace Headgate.Repository.Restic;

/// <summary>Refusals that are said in more than one place.</summary>
internal static class Refusals
{
    public static Refusal NotFound() => new(
        RefusalReason.NotFound, StatusCodes.Status404NotFound, ProblemCodes.NotFound, "There is no such object.");

    public static Refusal NoRepository(string path) => new(
        RefusalReason.NoRepository, StatusCodes.Status404NotFound, ProblemCodes.NotFound,
        $"There is no restic repository at '{path}': create it first (restic init), or correct the path.");

    public static Refusal NoQuota(string tenant) => new(
        RefusalReason.NoQuota, StatusCodes.Status507InsufficientStorage, ProblemCodes.NoQuota,
        $"Tenant {tenant} has no quota on this repository: nothing can be stored. Ask your service provider for one.");

    public static Refusal OverQuota(string tenant, LedgerView view, long? size)
    {
        var needs = size is { } bytes ? $"this object needs {ByteSize.Format(QuotaUse.CostOf(bytes))}" : "this object does not fit";
        var elsewhere = view.Elsewhere > 0 ? $", {ByteSize.Format(view.Elsewhere)} taken by its other hosts" : "";
        return new(
            RefusalReason.QuotaExceeded, StatusCodes.Status507InsufficientStorage, ProblemCodes.QuotaExceeded,
            $"Quota exceeded: tenant {tenant} may use {ByteSize.Format(view.Limit ?? 0)} on this repository, {ByteSize.Format(view.Used)} are used"
            + $"{elsewhere} and {ByteSize.Format(view.Reserved)} reserved by uploads, {needs}. Run 'restic forget --prune', or ask your service provider for more.");
    }

    public static Refusal SiloAway(string tenant, TimeSpan waited) => new(
        RefusalReason.SiloAway, StatusCodes.Status503ServiceUnavailable, ProblemCodes.Unavailable,
        $"The upload waited {waited.TotalSeconds:0} s for more of tenant {tenant}'s quota, which the provider's control server neither granted nor refused. "
        + "Nothing of it was stored. Try again later, and tell your service provider.");

    public static Refusal Superseded() => new(
        RefusalReason.Superseded, StatusCodes.Status503ServiceUnavailable, ProblemCodes.Unavailable,
        "This repository takes no more uploads: another process has taken its place, or its administrator has fenced it off. "
        + "What is stored can be read. Tell your service provider.");

    public static Refusal DiskFull() => new(
        RefusalReason.DiskFull, StatusCodes.Status507InsufficientStorage, ProblemCodes.Unavailable,
        "The repository's disk is full; nothing was stored. This is not your quota: tell your service provider.");

    public static Refusal DiskFailed() => new(
        RefusalReason.DiskFailed, StatusCodes.Status503ServiceUnavailable, ProblemCodes.Unavailable,
        "The repository's disk failed; the request was not carried out. Try again later, and tell your service provider.");

    public static Refusal Internal() => new(
        RefusalReason.Internal, StatusCodes.Status503ServiceUnavailable, ProblemCodes.Internal,
        "The repository failed to carry this out, by a fault of its own. Try again later, and tell your service provider.");
}
