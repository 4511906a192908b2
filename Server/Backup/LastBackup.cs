using System.Text.Json;

namespace Headgate.Server.Backup;

/// <summary>When the last backup of a data directory was made, and where to: <c>last-backup.json</c>, for <c>doctor</c>.</summary>
/// <param name="Taken">The moment it is of.</param>
/// <param name="File">Where it was written.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record LastBackup(DateTimeOffset Taken, string File, long Bytes)
{
    public const string FileName = "last-backup.json";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>What is known, or null.</summary>
    public static LastBackup? Load(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, FileName);
        try
        {
            return System.IO.File.Exists(path) ? JsonSerializer.Deserialize<LastBackup>(System.IO.File.ReadAllBytes(path), s_json) : null;
        }
        catch (JsonException)
        {
            // It tells when to worry and nothing else; one that cannot be read is as none, which worries.
            return null;
        }
    }

    /// <summary>Replaces what is known.</summary>
    public void Save(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, FileName);
        System.IO.File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(this, s_json));
        System.IO.File.Move(path + ".new", path, overwrite: true);
    }
}
