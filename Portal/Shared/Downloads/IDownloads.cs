namespace Headgate.Portal;

/// <summary>The programs' archives. Thread-safe.</summary>
public interface IDownloads
{
    /// <summary>What there is; empty where the server was not installed from an archive.</summary>
    IReadOnlyList<DownloadInfo> List();

    /// <summary>Where gateways' and repositories' hosts fetch them, ending with <c>/downloads/</c>; they compare the hash, for they do not know the certificate yet.</summary>
    Uri BaseAddress { get; }

    /// <summary>Opens an archive of <see cref="List"/>; null when there is no such.</summary>
    Stream? Open(string fileName);
}
