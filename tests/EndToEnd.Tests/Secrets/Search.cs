using System.Text;

namespace Headgate.EndToEnd.Tests.Secrets;

/// <summary>Looks for recorded secrets in everything that a run left behind.</summary>
internal sealed class Search(SecretBook secrets)
{
    private readonly List<Found> _found = [];

    /// <summary>Places that were looked at.</summary>
    public int Places { get; private set; }

    public IReadOnlyList<Found> Findings => _found;

    /// <summary>Every file below <paramref name="folder"/>, its name and its content.</summary>
    public Search Folder(string folder, Func<string, bool>? unless = null)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => unless?.Invoke(path) != true))
        {
            var relative = Path.GetRelativePath(folder, path);
            try
            {
                if (new FileInfo(path).LinkTarget is not null || (File.GetAttributes(path) & FileAttributes.Device) != 0)
                {
                    continue;
                }

                Text("file name", relative);
                Bytes(relative, File.ReadAllBytes(path), OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(path));
            }
            catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException || (fault is IOException && !File.Exists(path)))
            {
                // A socket, or gone.
            }
            catch (IOException) when (path.EndsWith(".sock", StringComparison.Ordinal))
            {
                // A socket holds nothing.
            }
        }

        return this;
    }

    public Search Text(string place, string text) => Bytes(place, Encoding.UTF8.GetBytes(text), null);

    public Search Watch(ProcessWatch watch)
    {
        foreach (var line in watch.CommandLines.Keys)
        {
            Text("arguments: " + line.Split(' ')[0].Split('/')[^1], line);
        }

        foreach (var (program, variable) in watch.Environments.Keys)
        {
            Text($"environment: {program} {variable.Split('=')[0]}", variable);
        }

        return this;
    }

    private Search Bytes(string place, byte[] content, UnixFileMode? mode)
    {
        Places++;
        _found.AddRange(secrets.In(content).Select(name => new Found(place, name, mode)));
        return this;
    }
}
