using Headgate.Protocol.Edge;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Problems;
using Headgate.Repository.Access;
using Headgate.Repository.Activity;
using Headgate.Repository.Blobs;
using Headgate.Repository.Edge;
using Headgate.Repository.Quota;

namespace Headgate.Repository.Restic;

/// <summary>POST of an object: room is set aside before the first byte is read, the answer comes after the last flush.</summary>
internal sealed partial class UploadHandler(
    BlobLayout layout,
    BlobWriter writer,
    QuotaBook quotas,
    MaintenanceWindows windows,
    SnapshotReporter reporter,
    AccessWatch watch,
    RepositoryOptions options,
    RepositoryMetrics metrics,
    TimeProvider time,
    ILogger<UploadHandler> logger)
{
    /// <summary>Stores the request's body; null is 200.</summary>
    public async Task<Refusal?> SaveAsync(HttpContext context, ClientConnection connection, Principal principal, BlobKey key)
    {
        var length = context.Request.ContentLength;
        if (key.Type == BlobType.Locks && length > BlobWriter.MaxLockBytes)
        {
            return LockTooLarge();
        }

        if (!layout.FolderOf(key.Tenant, key.Path).Exists)
        {
            return Refusals.NoRepository(key.Path);
        }

        var ledger = quotas.Of(key.Tenant);
        Reservation? reservation = null;

        // A repeated upload needs no room; without a length, or with another one, it is not known to be one until its end.
        if (length is null || layout.SizeOf(key) != length)
        {
            var allowance = key.Type is BlobType.Data or BlobType.Index && windows.IsOpen(key.Tenant, key.Path, principal.Client)
                ? Allowance.Maintenance
                : Allowance.None;
            (var status, reservation) = await ledger.ReserveAsync(key.Type, length, allowance, context.RequestAborted);
            if (status != ReserveStatus.Reserved)
            {
                return RefuseRoom(status, ledger, length);
            }
        }

        using (reservation)
        {
            return await SaveAsync(context, connection, principal, new SaveRequest(
                key, new PeerStream(context.Request.Body, connection, metrics), length, connection.Id, ledger, reservation));
        }
    }

    private Refusal RefuseRoom(ReserveStatus status, TenantLedger ledger, long? length) => status switch
    {
        ReserveStatus.NoQuota => Refusals.NoQuota(ledger.Tenant),
        ReserveStatus.SiloAway => Refusals.SiloAway(ledger.Tenant, options.LeaseTimeout),
        ReserveStatus.Superseded => Refusals.Superseded(),
        ReserveStatus.TooManyLocks => new Refusal(
            RefusalReason.TooManyLocks, StatusCodes.Status507InsufficientStorage, ProblemCodes.QuotaExceeded,
            $"There are {ledger.MaxLocks} locks of tenant {ledger.Tenant} on this repository, as many as there may be. Run 'restic unlock' to remove stale ones."),
        _ => Refusals.OverQuota(ledger.Tenant, ledger.View, length),
    };

    private static Refusal LockTooLarge() => new(
        RefusalReason.LockTooLarge, StatusCodes.Status413PayloadTooLarge, ProblemCodes.Invalid,
        $"A lock may have at most {ByteSize.Format(BlobWriter.MaxLockBytes)}.", "content-length");

    private async Task<Refusal?> SaveAsync(HttpContext context, ClientConnection connection, Principal principal, SaveRequest request)
    {
        SaveStatus status;
        try
        {
            status = await writer.SaveAsync(request, context.RequestAborted);
        }
        catch (BodyBrokenException fault)
        {
            metrics.UploadBroken();
            LogBroken(fault, connection.Id, request.Key.ToString());
            return new Refusal(RefusalReason.BrokenBody, StatusCodes.Status400BadRequest, ProblemCodes.Invalid,
                "The upload did not arrive whole; nothing of it was kept.", "body");
        }
        catch (OperationCanceledException)
        {
            metrics.UploadBroken();
            throw;
        }

        switch (status)
        {
            case SaveStatus.Committed or SaveStatus.Same:
                var use = watch.Stored(principal, request.Key);
                if (request.Key.Type == BlobType.Snapshots)
                {
                    await reporter.ReportAsync(
                        new SnapshotReport(principal.ServerName, principal.AccessKey, request.Key.Path, request.Key.Name, time.GetUtcNow(), use?.Id, use?.Began),
                        context.RequestAborted);
                }

                return null;
            case SaveStatus.WrongHash:
                return new Refusal(RefusalReason.WrongHash, StatusCodes.Status400BadRequest, ProblemCodes.Invalid,
                    "The content does not hash to the object's name; nothing of it was kept. Was it changed on the way?", "body");
            case SaveStatus.Different:
                return new Refusal(RefusalReason.Different, StatusCodes.Status403Forbidden, ProblemCodes.Forbidden,
                    "Other content is stored under this name, and stored objects cannot be changed.");
            case SaveStatus.OverQuota:
                return RefuseRoom(ReserveStatus.OverLimit, request.Ledger, request.Length);
            case SaveStatus.NoQuota:
                return RefuseRoom(ReserveStatus.NoQuota, request.Ledger, request.Length);
            case SaveStatus.SiloAway:
                return RefuseRoom(ReserveStatus.SiloAway, request.Ledger, request.Length);
            case SaveStatus.Superseded:
                return RefuseRoom(ReserveStatus.Superseded, request.Ledger, request.Length);
            case SaveStatus.TooLong:
                return LockTooLarge();
            case SaveStatus.Damaged:
                return new Refusal(RefusalReason.Damaged, StatusCodes.Status503ServiceUnavailable, ProblemCodes.Unavailable,
                    "The stored copy of this object was found damaged and put aside; send it again.");
            case SaveStatus.DiskFull:
                return Refusals.DiskFull();
            default:
                return Refusals.DiskFailed();
        }
    }

    [LoggerMessage(251, LogLevel.Debug, "{Connection}: the upload of {Object} broke")]
    private partial void LogBroken(Exception fault, string connection, string @object);
}
