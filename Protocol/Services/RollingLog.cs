using System.Text;

namespace Headgate.Protocol.Services;

/// <summary>
/// A log file of a limited size: when it is full it becomes <c>name.1</c>, that <c>name.2</c>, and so on; the oldest goes. Lines are written out as they
/// come. What cannot be written is lost and counted: a full disk must not end the service. Safe for concurrent use.
/// </summary>
internal sealed class RollingLog : TextWriter
{
    /// <summary>Bytes of one file. Default 10 MiB.</summary>
    public const long DefaultMaxBytes = 10 << 20;

    /// <summary>Older files kept beside the one being written. Default 4.</summary>
    public const int DefaultKept = 4;

    private readonly string _path;
    private readonly long _maxBytes;
    private readonly int _kept;
    private readonly Lock _writing = new();
    private readonly StringBuilder _line = new();
    private FileStream? _file;
    private long _lost;

    public RollingLog(string path, long maxBytes = DefaultMaxBytes, int kept = DefaultKept)
    {
        (_path, _maxBytes, _kept) = (path, maxBytes, kept);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
    }

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Lines that could not be written.</summary>
    public long Lost => Volatile.Read(ref _lost);

    public override void Write(char value)
    {
        lock (_writing)
        {
            _line.Append(value);
            if (value == '\n')
            {
                WriteOut();
            }
        }
    }

    public override void Write(string? value)
    {
        lock (_writing)
        {
            _line.Append(value);
            if (value is not null && value.EndsWith('\n'))
            {
                WriteOut();
            }
        }
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void WriteLine(string? value) => Write(value + NewLine);

    protected override void Dispose(bool disposing)
    {
        lock (_writing)
        {
            if (_line.Length > 0)
            {
                WriteOut();
            }

            _file?.Dispose();
            _file = null;
        }

        base.Dispose(disposing);
    }

    private void WriteOut()
    {
        var bytes = Encoding.UTF8.GetBytes(_line.ToString());
        _line.Clear();
        try
        {
            _file ??= new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (_file.Length > 0 && _file.Length + bytes.Length > _maxBytes)
            {
                _file.Dispose();
                _file = null;
                Roll();
                _file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            }

            _file.Write(bytes);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _lost++;
        }
    }

    private void Roll()
    {
        for (var i = _kept; i >= 1; i--)
        {
            var from = i == 1 ? _path : $"{_path}.{i - 1}";
            if (File.Exists(from))
            {
                File.Move(from, $"{_path}.{i}", overwrite: true);
            }
        }
    }
}
