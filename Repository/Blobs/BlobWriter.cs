using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Headgate.Repository.Quota;
using Microsoft.Win32.SafeHandles;

namespace Headgate.Repository.Blobs;

/// <summary>
/// Stores objects. An upload is written to <c>tmp</c> while it is hashed, then: fsync of the file, rename, fsync of the directory, answer. A reader
/// never sees part of an object, and what was answered with 200 survives a power cut. Safe for concurrent use.
/// </summary>
internal sealed partial class BlobWriter(
    BlobLayout layout, BlobStore store, DiskLane lane, RecentCommits commits, RepositoryMetrics metrics, ILogger<BlobWriter> logger)
{
    /// <summary>The most a lock may hold, in bytes; restic's are a few hundred.</summary>
    public const int MaxLockBytes = 64 * 1024;

    private const int BufferBytes = 256 * 1024;

    /// <summary>
    /// Stores the body under its name, or finds it there. On every other outcome, and on every exception, nothing of it stays behind and the
    /// reservation is the caller's to dispose.
    /// </summary>
    /// <exception cref="BodyBrokenException">The body ended early.</exception>
    public async Task<SaveStatus> SaveAsync(SaveRequest request, CancellationToken token)
    {
        try
        {
            return request.Reservation is null
                ? await CompareAsync(request, token)
                : await WriteAsync(request, token);
        }
        catch (IOException fault)
        {
            LogDisk(fault, request.Key.ToString());
            return DiskErrors.IsFull(fault) ? SaveStatus.DiskFull : SaveStatus.DiskFailed;
        }
        catch (UnauthorizedAccessException fault)
        {
            LogDisk(fault, request.Key.ToString());
            return SaveStatus.DiskFailed;
        }
    }

    private static async ValueTask<int> FillAsync(Stream body, Memory<byte> buffer, CancellationToken token)
    {
        var filled = 0;
        while (filled < buffer.Length)
        {
            var read = await body.ReadAsync(buffer[filled..], token);
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return filled;
    }

    private static bool Matches(in BlobKey key, IncrementalHash hash)
    {
        if (key.Type == BlobType.Config)
        {
            return true;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest) == key.Name;
    }

    private static SaveStatus Refused(ReserveStatus status) => status switch
    {
        ReserveStatus.SiloAway => SaveStatus.SiloAway,
        ReserveStatus.Superseded => SaveStatus.Superseded,
        ReserveStatus.NoQuota => SaveStatus.NoQuota,
        _ => SaveStatus.OverQuota,
    };

    private static bool SameContent(string left, string right)
    {
        using var a = File.OpenRead(left);
        using var b = File.OpenRead(right);
        return a.Length == b.Length && SHA256.HashData(a).AsSpan().SequenceEqual(SHA256.HashData(b));
    }

    private async Task<SaveStatus> WriteAsync(SaveRequest request, CancellationToken token)
    {
        var temporary = Path.Combine(layout.Temporary, Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture));
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            using var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            long size = 0;
            while (await FillAsync(request.Body, buffer.AsMemory(0, BufferBytes), token) is var count && count > 0)
            {
                if (request.Key.Type == BlobType.Locks && size + count > MaxLockBytes)
                {
                    return SaveStatus.TooLong;
                }

                // Nothing more is read while this waits for room.
                var room = await request.Reservation!.CoverAsync(size + count, token);
                if (room != ReserveStatus.Reserved)
                {
                    return Refused(room);
                }

                hash.AppendData(buffer, 0, count);
                await RandomAccess.WriteAsync(file, buffer.AsMemory(0, count), size, token);
                size += count;
            }

            // The server refuses a body that is shorter or longer than announced; this is for bodies that no server stands in front of.
            if (request.Length is { } announced && announced != size)
            {
                throw new BodyBrokenException($"{announced} bytes were announced, {size} came.", new EndOfStreamException());
            }

            return Matches(request.Key, hash)
                ? await lane.RunAsync(() => Commit(request, file, temporary, size), token)
                : layout.SizeOf(request.Key) is null ? SaveStatus.WrongHash : SaveStatus.Different;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            File.Delete(temporary);
        }
    }

    private SaveStatus Commit(SaveRequest request, SafeFileHandle file, string temporary, long size)
    {
        var started = Stopwatch.GetTimestamp();
        var key = request.Key;
        var folder = layout.FolderOf(key.Tenant, key.Path);
        var target = folder.FileOf(key.Type, key.Name);
        RandomAccess.FlushToDisk(file);
        file.Dispose();
        folder.Prepare(key.Type, key.Name);
        bool isNew;
        using (request.Ledger.Moving())
        lock (layout.StripeOf(key))
        {
            if (!request.Reservation!.IsValid)
            {
                return SaveStatus.Superseded;
            }

            isNew = !File.Exists(target);
            if (!isNew && key.Type == BlobType.Config && !SameContent(target, temporary))
            {
                return SaveStatus.Different;
            }

            if (!isNew && key.Type != BlobType.Config && new FileInfo(target).Length != size)
            {
                MoveAside(request);
                isNew = true;
            }

            if (isNew)
            {
                File.Move(temporary, target);
                request.Reservation.Settle(key, size);
            }

            commits.Committed(key, request.Connection);
        }

        if (!isNew)
        {
            Renew(target);
        }

        DurableDirectory.Flush(Path.GetDirectoryName(target)!);
        metrics.Committed(key.Type, Stopwatch.GetElapsedTime(started));
        return isNew ? SaveStatus.Committed : SaveStatus.Same;
    }

    /// <summary>
    /// The object was there when the upload began. Nothing is written, so that a repeated upload needs no room: the body is hashed and laid
    /// beside what is stored.
    /// </summary>
    private async Task<SaveStatus> CompareAsync(SaveRequest request, CancellationToken token)
    {
        var key = request.Key;
        using var stored = store.Open(key) ?? throw new IOException("The object vanished while it was uploaded again.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var incoming = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var kept = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long size = 0;
            var same = true;
            while (await FillAsync(request.Body, incoming.AsMemory(0, BufferBytes), token) is var count && count > 0)
            {
                hash.AppendData(incoming, 0, count);
                var read = await RandomAccess.ReadAsync(stored, kept.AsMemory(0, count), size, token);
                same &= kept.AsSpan(0, read).SequenceEqual(incoming.AsSpan(0, count));
                size += count;
            }

            same &= size == RandomAccess.GetLength(stored);
            if (!Matches(key, hash) || (!same && key.Type == BlobType.Config))
            {
                return SaveStatus.Different;
            }

            return await lane.RunAsync(() => same ? Again(request) : PutAside(request), token);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(incoming);
            ArrayPool<byte>.Shared.Return(kept);
        }
    }

    private SaveStatus Again(SaveRequest request)
    {
        var target = layout.FileOf(request.Key);
        lock (layout.StripeOf(request.Key))
        {
            if (!File.Exists(target))
            {
                throw new IOException("The object was deleted while it was uploaded again.");
            }

            commits.Committed(request.Key, request.Connection);
        }

        Renew(target);
        layout.FolderOf(request.Key.Tenant, request.Key.Path).Prepare(request.Key.Type, request.Key.Name);
        DurableDirectory.Flush(Path.GetDirectoryName(target)!);
        return SaveStatus.Same;
    }

    private SaveStatus PutAside(SaveRequest request)
    {
        using (request.Ledger.Moving())
        lock (layout.StripeOf(request.Key))
        {
            MoveAside(request);
        }

        return SaveStatus.Damaged;
    }

    /// <summary>Under the object's lock.</summary>
    private void MoveAside(SaveRequest request)
    {
        var target = layout.FileOf(request.Key);
        var size = new FileInfo(target).Length;
        File.Move(target, Path.Combine(layout.Damaged, $"{request.Key.Name}.{Guid.NewGuid():N}"));
        commits.Deleted(request.Key);
        request.Ledger.Deleted(request.Key, size);
        metrics.Damaged();
        LogDamaged(request.Key.ToString(), layout.Damaged);
    }

    /// <summary>Makes an object that was found as durable as a new one: a process that was killed may have renamed it and flushed nothing.</summary>
    private static void Renew(string target)
    {
        using var file = File.OpenHandle(target, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
        RandomAccess.FlushToDisk(file);
    }

    [LoggerMessage(301, LogLevel.Error, "Storing {Object} failed on the disk")]
    private partial void LogDisk(Exception fault, string @object);

    [LoggerMessage(302, LogLevel.Error, "The stored {Object} no longer hashes to its name; it was put aside in {Folder}")]
    private partial void LogDamaged(string @object, string folder);
}
