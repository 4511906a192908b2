namespace Headgate.Portal;

/// <summary>No archives: a server that runs as it was built.</summary>
internal sealed class NoDownloads : IDownloads
{
    public static readonly NoDownloads Instance = new();

    public Uri BaseAddress { get; } = new("https://localhost/downloads/");

    public IReadOnlyList<DownloadInfo> List() => [];

    public Stream? Open(string fileName) => null;
}
