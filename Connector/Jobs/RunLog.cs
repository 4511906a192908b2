using System.Globalization;
using System.Text;
using Headgate.Connector.Bootstrap;

namespace Headgate.Connector.Jobs;

/// <summary>
/// The log of one run: what headgate, the tool and the hooks said, line by line with the time (UTC) and who. Of a long one the beginning and the end are kept, with a line
/// between them that says how much is not. What cannot be written is lost: a full disk must not end a backup. Safe for concurrent use.
/// </summary>
internal sealed class RunLog : IDisposable
{
    /// <summary>Bytes of the beginning. Default 2 MiB.</summary>
    public const int DefaultHeadBytes = 2 << 20;

    /// <summary>Bytes of the end. Default 1 MiB.</summary>
    public const int DefaultTailBytes = 1 << 20;

    private const string Ending = ".log";

    private readonly TimeProvider _time;
    private readonly int _headBytes;
    private readonly int _tailBytes;
    private readonly Lock _writing = new();
    private readonly Queue<byte[]> _tail = new();
    private FileStream? _file;
    private long _held;
    private long _leftOut;

    private RunLog(string name, FileStream file, TimeProvider time, int headBytes, int tailBytes) =>
        (Name, _file, _time, _headBytes, _tailBytes) = (name, file, time, headBytes, tailBytes);

    /// <summary>Its name among the job's, by which they sort.</summary>
    public string Name { get; }

    /// <summary>Begins one in <paramref name="folder"/>, and deletes the oldest beyond <paramref name="kept"/>.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static RunLog Begin(string folder, int kept, TimeProvider time, int headBytes = DefaultHeadBytes, int tailBytes = DefaultTailBytes)
    {
        OwnerFile.MakeFolder(folder);
        foreach (var old in Names(folder).Skip(Math.Max(0, kept - 1)))
        {
            File.Delete(Path.Combine(folder, old + Ending));
        }

        var began = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH-mm-ss'Z'", CultureInfo.InvariantCulture);
        for (var again = 1; ; again++)
        {
            var name = again == 1 ? began : string.Create(CultureInfo.InvariantCulture, $"{began}-{again}");
            var path = Path.Combine(folder, name + Ending);
            var options = OwnerFile.Options(FileMode.CreateNew, FileAccess.Write, FileShare.Read);

            // What could not be written must not be tried again, and fail again, when the file is closed.
            options.BufferSize = 0;
            try
            {
                return new RunLog(name, new FileStream(path, options), time, headBytes, tailBytes);
            }
            catch (IOException) when (File.Exists(path) && again < 100)
            {
                // Two runs within a second.
            }
        }
    }

    /// <summary>Names of those that are kept, newest first.</summary>
    public static IReadOnlyList<string> Names(string folder) => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder, "*" + Ending).Select(file => Path.GetFileNameWithoutExtension(file)).OrderDescending(StringComparer.Ordinal)];

    /// <summary>Where one is.</summary>
    public static string PathOf(string folder, string name) => Path.Combine(folder, name + Ending);

    /// <summary>One line.</summary>
    /// <param name="who">Whose it is, such as <c>restic</c>.</param>
    /// <param name="text">What it said.</param>
    public void Write(string who, string text)
    {
        var now = _time.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        var line = Encoding.UTF8.GetBytes($"{now} {who}: {text}\n");
        lock (_writing)
        {
            if (_file is null)
            {
                return;
            }

            if (_leftOut == 0 && _tail.Count == 0 && _file.Position + line.Length <= _headBytes)
            {
                TryWrite(line);
                return;
            }

            _tail.Enqueue(line);
            _held += line.Length;
            while (_held > _tailBytes)
            {
                var oldest = _tail.Dequeue();
                _held -= oldest.Length;
                _leftOut += oldest.Length;
            }
        }
    }

    public void Dispose()
    {
        lock (_writing)
        {
            if (_leftOut > 0)
            {
                TryWrite(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{_leftOut} bytes are left out here]\n")));
            }

            while (_tail.TryDequeue(out var line))
            {
                TryWrite(line);
            }

            _file?.Dispose();
            _file = null;
        }
    }

    private void TryWrite(byte[] line)
    {
        try
        {
            _file!.Write(line);
        }
        catch (IOException)
        {
            // Lost, as the summary says; the run goes on.
        }
    }
}
