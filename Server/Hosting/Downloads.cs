using System.Text.RegularExpressions;
using Headgate.Portal;
using Headgate.Silo.Listening;

namespace Headgate.Server.Hosting;

/// <summary>
/// The archives that lie in one folder, as its <c>SHA256SUMS</c> names them. Read once, at the first question; a name is answered only if that file has it
/// and it is one that <c>./publish</c> gives, so no name leads out of the folder. Thread-safe.
/// </summary>
internal sealed partial class Downloads(ServerOptions options, ListeningAddresses addresses, ILogger<Downloads> logger) : IDownloads
{
    /// <summary>The file with a hash and a name on each line.</summary>
    public const string Sums = "SHA256SUMS";

    /// <summary>Lines that are read; more is not a list of ours.</summary>
    private const int MaxLines = 1000;

    private readonly Lazy<IReadOnlyList<DownloadInfo>> _list = new(() => Read(options.DownloadsDirectory, logger));

    public Uri BaseAddress
    {
        get
        {
            var (host, port) = addresses.EdgeAddress;
            return new UriBuilder(Uri.UriSchemeHttps, host, port, DownloadEndpoint.Path + "/").Uri;
        }
    }

    public IReadOnlyList<DownloadInfo> List() => _list.Value;

    public Stream? Open(string fileName) => PathOf(fileName) is { } path
        ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan)
        : null;

    /// <summary>Where an archive of the list, or the list itself, lies; null for any other name.</summary>
    public string? PathOf(string fileName) =>
        _list.Value.Any(download => download.FileName == fileName) || (fileName == Sums && _list.Value.Count > 0)
            ? Path.Combine(options.DownloadsDirectory, fileName)
            : null;

    private static IReadOnlyList<DownloadInfo> Read(string folder, ILogger logger)
    {
        var list = new List<DownloadInfo>();
        try
        {
            var sums = Path.Combine(folder, Sums);
            if (!File.Exists(sums))
            {
                return [];
            }

            foreach (var line in File.ReadLines(sums).Take(MaxLines))
            {
                var match = Line().Match(line);
                var file = new FileInfo(Path.Combine(folder, match.Groups["name"].Value));
                if (match.Success && file.Exists)
                {
                    list.Add(new DownloadInfo(
                        match.Groups["program"].Value, match.Groups["runtime"].Value, match.Groups["version"].Value, file.Name, match.Groups["sum"].Value, file.Length));
                }
                else
                {
                    LogNotOffered(logger, folder, match.Success ? file.Name : "a line that names no archive");
                }
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(logger, fault, folder);
        }

        return list;
    }

    [GeneratedRegex(@"\A(?<sum>[0-9a-f]{64})  (?<name>headgate-(?<program>server|gateway|repository|connector)-(?<version>[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5})-(?:(?<runtime>linux-x64)\.tar\.gz|(?<runtime>win-x64)\.zip))\z")]
    private static partial Regex Line();

    [LoggerMessage(2900, LogLevel.Warning, "Not offered for download: SHA256SUMS in {Folder} has {What}, which is not there or no archive of ours")]
    private static partial void LogNotOffered(ILogger logger, string folder, string what);

    [LoggerMessage(2901, LogLevel.Warning, "Nothing is offered for download: {Folder} cannot be read")]
    private static partial void LogUnreadable(ILogger logger, Exception fault, string folder);
}
