using System.Net;

namespace Headgate.Portal.Provider.Gateways;

/// <summary>
/// The one command that makes a machine a gateway, or a repository, for whoever pastes it. With archives it fetches, compares and installs; without, it runs the program that
/// is there. The code goes over a pipe or a variable, where no process list shows it. Every value is quoted for its shell, and refused when it has control
/// characters, because a terminal acts on those whatever they are quoted with.
/// </summary>
internal sealed class GatewayCommand
{
    private readonly DownloadInfo? _linux;
    private readonly DownloadInfo? _windows;
    private readonly Uri _from;
    private readonly string _program;
    private readonly string _code;
    private readonly string _listen;

    /// <summary>For one code.</summary>
    /// <param name="downloads">The archives that are offered.</param>
    /// <param name="code">The whole enrolment code.</param>
    /// <param name="listen">Where the program listens, such as <c>[::]:6180</c>.</param>
    /// <param name="program"><c>gateway</c> or <c>repository</c>.</param>
    /// <exception cref="ArgumentException">The code has control characters, or <paramref name="listen"/> is no address and port.</exception>
    public GatewayCommand(IDownloads downloads, string code, string listen, string program = "gateway")
    {
        if (!IsListen(listen))
        {
            throw new ArgumentException($"'{listen}' is no address and port.", nameof(listen));
        }

        var archives = downloads.List();
        _linux = archives.FirstOrDefault(archive => archive.Program == program && archive.Runtime == "linux-x64");
        _windows = archives.FirstOrDefault(archive => archive.Program == program && archive.Runtime == "win-x64");
        _from = downloads.BaseAddress;
        _program = program;
        _code = code;
        _listen = listen;
        _ = ShellQuote.Sh(code);
    }

    /// <summary>Whether the Linux command fetches the program.</summary>
    public bool FetchesOnLinux => _linux is not null;

    /// <summary>Whether the PowerShell command fetches the program.</summary>
    public bool FetchesOnWindows => _windows is not null;

    /// <summary>Whether <paramref name="text"/> says where to listen: an IP address and a port.</summary>
    public static bool IsListen(string text) =>
        IPEndPoint.TryParse(text, out var end) && end.Port > 0 && text.All(character => char.IsAsciiHexDigit(character) || character is '.' or ':' or '[' or ']');

    /// <summary>For a POSIX shell.</summary>
    /// <param name="enrol">Further options of enrolment, as shell words; null for none.</param>
    public string ForShell(FleetAddress? enrol = null) => _linux is { } archive
        ? $"""
          ( set -e; cd "$(mktemp -d)"
          curl -fksSLO {ShellQuote.Sh(Address(archive))}
          echo {ShellQuote.Sh($"{archive.Sha256}  {archive.FileName}")} | sha256sum -c -
          tar -xzf {ShellQuote.Sh(archive.FileName)}
          printf '%s\n' {ShellQuote.Sh(_code)} | $([ "$(id -u)" = 0 ] || echo sudo) ./{ShellQuote.Sh(Folder(archive))}/install --code - --listen {ShellQuote.Sh(_listen)}{enrol?.ForShell()} )
          """
        : $"""
          headgate-{_program} run --data {_program}-data --code {ShellQuote.Sh(_code)} --listen {ShellQuote.Sh(_listen)}{enrol?.ForShell()}
          """;

    /// <summary>For PowerShell 5.1 and later.</summary>
    /// <param name="enrol">Further options of enrolment; null for none.</param>
    public string ForPowerShell(FleetAddress? enrol = null) => _windows is { } archive
        ? $$"""
          & { $ErrorActionPreference = 'Stop'; Set-ExecutionPolicy Bypass -Scope Process -Force
          Set-Location (New-Item -ItemType Directory (Join-Path $env:TEMP ([guid]::NewGuid())))
          curl.exe -fksSLO {{ShellQuote.PowerShell(Address(archive))}}
          if ((Get-FileHash {{ShellQuote.PowerShell(archive.FileName)}} -Algorithm SHA256).Hash -ne {{ShellQuote.PowerShell(archive.Sha256)}}) { throw 'This is not the archive that the portal offers.' }
          Expand-Archive {{ShellQuote.PowerShell(archive.FileName)}} -DestinationPath .
          & (Join-Path {{ShellQuote.PowerShell(Folder(archive))}} 'install.ps1') -Code {{ShellQuote.PowerShell(_code)}} -Options {{ShellQuote.PowerShell("--listen " + _listen)}}{{enrol?.ForInstallScript()}} }
          """
        : $"""
          headgate-{_program}.exe run --data {_program}-data --code {ShellQuote.PowerShell(_code)} --listen {ShellQuote.PowerShell(_listen)}{enrol?.ForPowerShell()}
          """;

    private string Address(DownloadInfo archive) => new Uri(_from, Uri.EscapeDataString(archive.FileName)).AbsoluteUri;

    private static string Folder(DownloadInfo archive) => $"headgate-{archive.Program}-{archive.Version}";
}
