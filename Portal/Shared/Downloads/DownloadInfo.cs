namespace Headgate.Portal;

/// <summary>An archive that the site offers.</summary>
/// <param name="Program">Such as <c>gateway</c>.</param>
/// <param name="Runtime"><c>linux-x64</c> or <c>win-x64</c>.</param>
/// <param name="Version">Its version.</param>
/// <param name="FileName">Its file's name.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="Bytes">Its size.</param>
public sealed record DownloadInfo(string Program, string Runtime, string Version, string FileName, string Sha256, long Bytes);
