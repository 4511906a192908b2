using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using Headgate.Connector.Jobs;

namespace Headgate.Connector.Commands;

/// <summary><c>headgate service install</c>, <c>uninstall</c>: makes the service of this machine's jobs known to systemd, or to Windows.</summary>
internal sealed class ServiceInstallCommand(CommonOptions common, ConnectorConsole console)
{
    private readonly Option<bool> _print = new("--print") { Description = "Print what would be installed, and change nothing." };

    /// <summary><c>install</c></summary>
    public Command BuildInstall()
    {
        var command = new Command("install", "Install and start the service: the system's for root, else your own; on Windows as administrator.");
        command.Options.Add(_print);
        command.SetAction(parsed => Install(parsed));
        return command;
    }

    /// <summary><c>uninstall</c></summary>
    public Command BuildUninstall()
    {
        var command = new Command("uninstall", "Stop the service and remove it. Jobs, logs and this machine's identity stay.");
        command.SetAction(_ => Uninstall());
        return command;
    }

    private int Install(ParseResult parsed)
    {
        var folder = common.FolderOf(parsed);
        var program = ProgramPath();
        string[] arguments = ["service", "--data", folder.Path, .. (parsed.GetValue(common.Resolve) ?? []).SelectMany(name => (string[])["--resolve", name])];
        var isForUser = !Environment.IsPrivilegedProcess;
        var text = OperatingSystem.IsWindows()
            ? ServiceUnit.WindowsCommandLine(program, arguments)
            : ServiceUnit.Systemd(program, arguments, isForUser);
        if (parsed.GetValue(_print))
        {
            console.Output.Write(text);
            return ExitCodes.Ok;
        }

        folder.LoadIdentity().Dispose();
        if (OperatingSystem.IsWindows())
        {
            Do("sc.exe", "create", ServiceUnit.WindowsName, "binPath=", text, "start=", "auto", "DisplayName=", "Headgate backup jobs");
            Do("sc.exe", "failure", ServiceUnit.WindowsName, "reset=", "86400", "actions=", "restart/10000/restart/10000/restart/60000");
            Do("sc.exe", "start", ServiceUnit.WindowsName);
            console.Output.WriteLine($"The service {ServiceUnit.WindowsName} runs. It runs as LocalSystem: what it backs up, and the folder {folder.Path}, must be readable to that.");
            return ExitCodes.Ok;
        }

        var unit = UnitPath(isForUser);
        Write(unit, text);
        if (!Directory.Exists("/run/systemd/system"))
        {
            console.Output.WriteLine($"Written {unit}. No systemd runs here: start it with what ExecStart says.");
            return ExitCodes.Ok;
        }

        Do("systemctl", [.. Whose(isForUser), "daemon-reload"]);
        Do("systemctl", [.. Whose(isForUser), "enable", ServiceUnit.UnitName]);
        Do("systemctl", [.. Whose(isForUser), "restart", ServiceUnit.UnitName]);
        console.Output.WriteLine($"The service runs by {unit}. Its journal: journalctl {(isForUser ? "--user " : "")}--unit headgate"
            + (isForUser ? ". It stops when you sign out, unless an administrator lets it stay: loginctl enable-linger " + Environment.UserName : ""));
        return ExitCodes.Ok;
    }

    private int Uninstall()
    {
        if (OperatingSystem.IsWindows())
        {
            Try("sc.exe", "stop", ServiceUnit.WindowsName);
            Do("sc.exe", "delete", ServiceUnit.WindowsName);
        }
        else
        {
            var isForUser = !Environment.IsPrivilegedProcess;
            var unit = UnitPath(isForUser);
            if (!File.Exists(unit))
            {
                throw new ConnectorFailureException(ExitCodes.Usage, $"There is no {unit}: no service of {(isForUser ? "yours" : "the system")} is installed.");
            }

            if (Directory.Exists("/run/systemd/system"))
            {
                Try("systemctl", [.. Whose(isForUser), "disable", "--now", ServiceUnit.UnitName]);
            }

            Write(unit, null);
            if (Directory.Exists("/run/systemd/system"))
            {
                Do("systemctl", [.. Whose(isForUser), "daemon-reload"]);
            }
        }

        console.Output.WriteLine("The service is removed. Jobs, logs and this machine's identity stay.");
        return ExitCodes.Ok;
    }

    private static string[] Whose(bool isForUser) => isForUser ? ["--user"] : [];

    private static string UnitPath(bool isForUser) => isForUser
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "systemd", "user", ServiceUnit.UnitName)
        : Path.Combine("/etc/systemd/system", ServiceUnit.UnitName);

    // The archive's link stays where it is through upgrades; what it leads to does not.
    private static string ProgramPath()
    {
        var own = Environment.ProcessPath ?? throw new ConnectorFailureException(ExitCodes.Internal, "This program does not know its own path.");
        return !OperatingSystem.IsWindows() && File.Exists(ServiceUnit.ProgramLink) && RealPath(ServiceUnit.ProgramLink) == RealPath(own)
            ? ServiceUnit.ProgramLink
            : own;
    }

    private static string RealPath(string path) => new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;

    private static void Write(string path, string? text)
    {
        try
        {
            if (text is null)
            {
                File.Delete(path);
                return;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConnectorFailureException(ExitCodes.StateFolder, $"{path} cannot be written: {e.Message}", e);
        }
    }

    private static void Do(string program, params string[] arguments)
    {
        if (Try(program, arguments) is not 0 and var code)
        {
            throw new ConnectorFailureException(ExitCodes.ToolNotExecutable, FormattableString.Invariant($"'{program} {string.Join(' ', arguments)}' ended with {code}; what it said is above."));
        }
    }

    private static int Try(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception e)
        {
            throw new ConnectorFailureException(ExitCodes.ToolNotFound, $"'{program}' cannot be started: {e.Message}", e);
        }
    }
}
