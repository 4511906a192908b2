using System.Text.Json;

namespace Headgate.Silo.Storage;

/// <summary>
/// The spans of time that this database lost: from the moment that a backup was taken to the moment it was restored. Kept in <c>restored.json</c> beside the database. A
/// certificate that was issued within one is not in the database although the authority made it. Immutable.
/// </summary>
internal sealed class RestoreHistory(IReadOnlyList<LostSpan> spans)
{
    public const string FileName = "restored.json";

    // No certificate lives longer, so nothing depends on older ones.
    private static readonly TimeSpan s_kept = Certificates.CertificateTemplates.LeafLifetime;
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>No backup was ever restored.</summary>
    public static RestoreHistory None { get; } = new([]);

    /// <summary>The spans, oldest first.</summary>
    public IReadOnlyList<LostSpan> Spans => spans;

    /// <summary>The newest span; null when no backup was ever restored.</summary>
    public LostSpan? Last => spans.Count > 0 ? spans[^1] : null;

    /// <summary>The span in which <paramref name="moment"/> lies, or null.</summary>
    public LostSpan? Find(DateTimeOffset moment) => spans.LastOrDefault(span => moment >= span.Taken && moment <= span.Restored);

    /// <summary>What is known in <paramref name="dataDirectory"/>.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="JsonException">It is not what was written.</exception>
    public static RestoreHistory Load(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, FileName);
        return File.Exists(path) ? new RestoreHistory(JsonSerializer.Deserialize<LostSpan[]>(File.ReadAllBytes(path), s_json) ?? []) : None;
    }

    /// <summary>Adds a span and writes all that still matter, flushed.</summary>
    public void SaveWith(LostSpan span, string dataDirectory)
    {
        using var file = new FileStream(Path.Combine(dataDirectory, FileName), FileMode.Create, FileAccess.Write);
        JsonSerializer.Serialize(file, spans.Where(known => span.Restored - known.Restored < s_kept).Append(span), s_json);
        file.Flush(flushToDisk: true);
    }
}

/// <summary>What happened between these is not in the database.</summary>
/// <param name="Taken">When the backup was taken.</param>
/// <param name="Restored">When it was restored.</param>
internal sealed record LostSpan(DateTimeOffset Taken, DateTimeOffset Restored);
