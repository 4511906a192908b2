using System.Text;

namespace Headgate.Repository.Blobs;

/// <summary>Small files that must be on disk before anybody relies on them.</summary>
internal static class DurableFile
{
    /// <summary>Writes <paramref name="text"/> as the whole of <paramref name="path"/>; when this returns, a power cut leaves the new text, and before that the old one.</summary>
    /// <exception cref="IOException">The disk failed or is full; the old file stays.</exception>
    public static void Replace(string path, string text)
    {
        var temporary = path + ".new";
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, Encoding.ASCII.GetBytes(text), 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(temporary, path, overwrite: true);
        DurableDirectory.Flush(Path.GetDirectoryName(path)!);
    }
}
