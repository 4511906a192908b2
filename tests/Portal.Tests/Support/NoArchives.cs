namespace Headgate.Portal.Tests;

/// <summary>A server that runs as it was built: it offers no archives.</summary>
internal sealed class NoArchives : IDownloads
{
    public Uri BaseAddress { get; } = new("https://silo.backup.test:6181/downloads/");

    public IReadOnlyList<DownloadInfo> List() => [];

    public Stream? Open(string fileName) => null;
}
