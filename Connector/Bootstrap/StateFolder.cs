using System.Text.Json;
using Headgate.Connector.Commands;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Bootstrap;

/// <summary>
/// The folder with the connector's identity (see <see cref="ProgramIdentity"/>) and <c>settings.json</c>. Only its owner may enter it (0700, files 0600).
/// </summary>
internal sealed class StateFolder(string path)
{
    private const string SettingsFile = "settings.json";
    private readonly Lock _writing = new();

    /// <summary>Where it is.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary><c>HEADGATE_DATA</c>, else <c>%APPDATA%\Headgate</c> on Windows, <c>~/.config/headgate</c> (or under <c>XDG_CONFIG_HOME</c>) elsewhere.</summary>
    public static string DefaultPath()
    {
        if (Environment.GetEnvironmentVariable("HEADGATE_DATA") is { Length: > 0 } given)
        {
            return given;
        }

        var configuration = Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return System.IO.Path.Combine(configuration, OperatingSystem.IsWindows() ? "Headgate" : "headgate");
    }

    /// <summary>Makes the folder for its owner alone.</summary>
    /// <exception cref="ConnectorFailureException">It cannot be made or written.</exception>
    public void Create()
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(Path);
                return;
            }

            const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Directory.CreateDirectory(Path, owner);
            File.SetUnixFileMode(Path, owner);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConnectorFailureException(ExitCodes.StateFolder, $"The state folder {Path} cannot be made: {e.Message} Name another with --data.", e);
        }
    }

    /// <summary>The identity.</summary>
    /// <exception cref="ConnectorFailureException">There is none, or it cannot be read.</exception>
    public ProgramIdentity LoadIdentity()
    {
        try
        {
            RequireOwnKey();
            return ProgramIdentity.TryLoad(Path, out var identity) && identity is not null
                ? identity
                : throw new ConnectorFailureException(
                    ExitCodes.NotEnrolled,
                    $"This machine is not enrolled (nothing in {Path}). Ask your service provider for a code, then: headgate enroll CODE");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException or JsonException or FormatException)
        {
            throw new ConnectorFailureException(ExitCodes.StateFolder, $"The identity in {Path} cannot be read: {e.Message}", e);
        }
    }

    // A copy or a restore may have opened it to every user of the machine, who would then be this machine to the provider.
    private void RequireOwnKey()
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        var key = System.IO.Path.Combine(Path, ProgramIdentity.KeyFile);
        if (!OperatingSystem.IsWindows() && File.Exists(key) && (File.GetUnixFileMode(key) & others) != 0)
        {
            throw new ConnectorFailureException(
                ExitCodes.StateFolder,
                $"The key {key} may be read or changed by other users of this machine, and is not used so: chmod 600 {key}. If somebody may have copied it, have the connector revoked and enrol again.");
        }
    }

    /// <summary>The settings; without a readable file, defaults: nothing in it is needed to get to the provider.</summary>
    public ConnectorSettings LoadSettings()
    {
        try
        {
            using var file = File.OpenRead(System.IO.Path.Combine(Path, SettingsFile));
            return JsonSerializer.Deserialize(file, ConnectorSettingsJson.Default.ConnectorSettings) ?? Defaults();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return Defaults();
        }

        static ConnectorSettings Defaults() => new(Environment.MachineName, null);
    }

    /// <summary>Writes the settings beside and renames, so that a reader never sees half a file.</summary>
    /// <exception cref="ConnectorFailureException">The folder cannot be written.</exception>
    public void SaveSettings(ConnectorSettings settings)
    {
        lock (_writing)
        {
            var target = System.IO.Path.Combine(Path, SettingsFile);
            try
            {
                OwnerFile.Replace(target, file => JsonSerializer.Serialize(file, settings, ConnectorSettingsJson.Default.ConnectorSettings));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ConnectorFailureException(ExitCodes.StateFolder, $"The settings in {Path} cannot be written: {e.Message}", e);
            }
        }
    }

    /// <summary>Remembers a list that has gateways. Failing to write it stops nothing: it is a convenience for a worse day.</summary>
    public bool TryRemember(GatewayList list)
    {
        if (list.Gateways.Count == 0)
        {
            return false;
        }

        try
        {
            var settings = LoadSettings();
            if (settings.Gateways is { } kept && kept.Version == list.Version && kept.Gateways.SequenceEqual(list.Gateways))
            {
                return true;
            }

            SaveSettings(settings with { Gateways = list });
            return true;
        }
        catch (ConnectorFailureException)
        {
            return false;
        }
    }
}
