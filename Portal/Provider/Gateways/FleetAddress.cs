namespace Headgate.Portal.Provider.Gateways;

/// <summary>How each machine of a fleet says where tenants reach it, when one command serves them all.</summary>
/// <param name="Kind">Where it takes its public address from.</param>
/// <param name="Port">The public port.</param>
/// <param name="Mode">Direct or behind NAT.</param>
internal sealed record FleetAddress(FleetAddressKind Kind, int Port, GatewayMode Mode)
{
    private string ModeOption => Mode == GatewayMode.Nat ? " --mode nat" : "";

    /// <summary>Options for a POSIX shell, with a space before.</summary>
    public string ForShell() => $" --address \"{ShellHost}:{Port}\"{ModeOption}";

    /// <summary>Options of the program for PowerShell, with a space before.</summary>
    public string ForPowerShell() => $" --address \"{PowerShellHost}:{Port}\"{ModeOption}";

    /// <summary>The option of the installation script, with a space before.</summary>
    public string ForInstallScript() => $" -EnrolOptions \"--address {PowerShellHost}:{Port}{ModeOption}\"";

    private string ShellHost => Kind == FleetAddressKind.HostName ? "$(hostname -f)" : "$(hostname -I | cut -d' ' -f1)";

    private string PowerShellHost => Kind == FleetAddressKind.HostName
        ? "$([Net.Dns]::GetHostEntry('').HostName.ToLower())"
        : "$(@(Get-NetIPAddress -AddressFamily IPv4 | Where-Object PrefixOrigin -ne WellKnown)[0].IPAddress)";
}
