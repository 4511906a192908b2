using Headgate.Protocol.Naming;
using Headgate.Silo.Listening;
using Headgate.Silo.Storage.Engines;

namespace Headgate.Silo;

/// <summary>Finds everything that is wrong with <see cref="SiloOptions"/>, so that one message can say it all.</summary>
internal static class SiloOptionsValidator
{
    /// <summary>A sentence for each option that cannot be; empty when all can.</summary>
    public static IReadOnlyList<string> Validate(SiloOptions options)
    {
        var errors = new List<string>();
        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            errors.Add("--data is missing; allowed is a directory, which is made when it is not there.");
        }

        if (!DatabaseLocation.TryParse(options.Database, options.DataDirectory, out _, out var wrong))
        {
            errors.Add($"--database {wrong}.");
        }

        var zoneIsValid = ZoneNames.IsDnsName(options.Zone) && options.Zone.Length <= 180 && options.Zone.Contains('.', StringComparison.Ordinal);
        if (!zoneIsValid)
        {
            errors.Add($"--zone is '{options.Zone}'; allowed is a lower-case DNS name with a dot, of at most 180 characters, such as backup.example.com.");
        }
        else if (options.PublicName is { } name && new ZoneNames(options.Zone).Classify(name) != ServerNameKind.TenantApi)
        {
            errors.Add($"--public-name is '{name}'; allowed is cc.{options.Zone} or gtwN.{options.Zone} with a number N.");
        }

        if (options.PublicPort is < 1 or > 65535)
        {
            errors.Add($"--public-port is {options.PublicPort}; allowed is 1 to 65535.");
        }

        CheckListen(errors, "--edge-listen", options.EdgeListen);
        CheckListen(errors, "--tenant-listen", options.TenantListen);
        CheckHost(errors, "--edge-address", options.EdgeAddress);
        CheckHost(errors, "--tenant-address", options.TenantAddress);
        CheckHost(errors, "--site-address", options.SiteAddress);
        CheckCount(errors, "--edge-max-connections", options.EdgeMaxConnections);
        CheckCount(errors, "--edge-max-connections-per-source", options.EdgeMaxConnectionsPerSource);
        CheckCount(errors, "--tenant-max-connections", options.TenantMaxConnections);
        CheckCount(errors, "--tenant-max-connections-per-source", options.TenantMaxConnectionsPerSource);
        return errors;
    }

    private static void CheckCount(List<string> errors, string option, int value)
    {
        if (value is < 1 or > 1_000_000)
        {
            errors.Add($"{option} is {value}; allowed is 1 to 1000000.");
        }
    }

    private static void CheckListen(List<string> errors, string option, string value)
    {
        if (!EndPointText.TryParseListen(value, out _))
        {
            errors.Add($"{option} is '{value}'; allowed is {EndPointText.ListenAllowed}.");
        }
    }

    private static void CheckHost(List<string> errors, string option, string? value)
    {
        if (value is not null && !EndPointText.TryParseHost(value, out _, out _))
        {
            errors.Add($"{option} is '{value}'; allowed is {EndPointText.HostAllowed}.");
        }
    }
}
