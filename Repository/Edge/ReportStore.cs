using System.Globalization;
using System.Text.Json;
using Headgate.Protocol;
using Headgate.Protocol.Edge;
using Headgate.Repository.Blobs;

namespace Headgate.Repository.Edge;

/// <summary>
/// Snapshot reports on disk until the silo has them: <c>&lt;storage&gt;/reports/&lt;number&gt;.json</c>. Written before the upload is answered, so that no process that
/// dies between answer and report leaves a finished backup that nobody counts. Safe for concurrent use.
/// </summary>
internal sealed partial class ReportStore
{
    private readonly BlobLayout _layout;
    private readonly ILogger<ReportStore> _logger;
    private readonly string _folder;
    private long _next;

    public ReportStore(BlobLayout layout, TimeProvider time, ILogger<ReportStore> logger)
    {
        (_layout, _logger) = (layout, logger);
        _folder = Path.Combine(layout.Root, "reports");
        DurableDirectory.Ensure(_folder);
        var newest = Directory.EnumerateFiles(_folder).Select(NumberOf).DefaultIfEmpty(0).Max();
        _next = Math.Max(newest, time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>Keeps a report; the file's name is to be given to <see cref="Remove"/>.</summary>
    /// <exception cref="IOException">The disk failed or is full; nothing was kept.</exception>
    public string Keep(SnapshotReport report)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref _next):d16}.json");
        var temporary = Path.Combine(_layout.Temporary, name);
        var kept = Path.Combine(_folder, name);
        try
        {
            using (var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(file, JsonSerializer.SerializeToUtf8Bytes(report, ProtocolJson.Default.SnapshotReport), 0);
                RandomAccess.FlushToDisk(file);
            }

            File.Move(temporary, kept);
        }
        finally
        {
            File.Delete(temporary);
        }

        DurableDirectory.Flush(_folder);
        return kept;
    }

    /// <summary>The silo has it, or will never take it.</summary>
    public void Remove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (IOException fault)
        {
            // It is sent again after the next start; the silo takes a report twice as once.
            LogNotRemoved(fault, file);
        }
    }

    /// <summary>What an earlier process left, the oldest first. A file that cannot be read is removed and logged.</summary>
    public IReadOnlyList<(string File, SnapshotReport Report)> Load()
    {
        var reports = new List<(string, SnapshotReport)>();
        foreach (var file in Directory.EnumerateFiles(_folder).Order(StringComparer.Ordinal))
        {
            try
            {
                reports.Add((file, JsonSerializer.Deserialize(File.ReadAllBytes(file), ProtocolJson.Default.SnapshotReport)
                    ?? throw new JsonException("The file is empty.")));
            }
            catch (JsonException fault)
            {
                LogUnreadable(fault, file);
                Remove(file);
            }
        }

        return reports;
    }

    private static long NumberOf(string file) =>
        long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [LoggerMessage(441, LogLevel.Warning, "The sent report {File} could not be removed")]
    private partial void LogNotRemoved(Exception fault, string file);

    [LoggerMessage(442, LogLevel.Error, "The report {File} cannot be read and is dropped")]
    private partial void LogUnreadable(Exception fault, string file);
}
