using Headgate.Silo;
using Headgate.Silo.Listening;

namespace Headgate.Server.Hosting;

/// <summary>What <c>headgate-server run</c> was told.</summary>
internal sealed class ServerOptions
{
    public required SiloOptions Silo { get; init; }

    /// <summary>Where a gateway in this process listens, <c>address:port</c>; null for none.</summary>
    public string? WithGateway { get; init; }

    /// <summary>Where a repository in this process keeps its data; null for none.</summary>
    public string? WithRepository { get; init; }

    /// <summary>Least level that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>A sentence for each option that cannot be.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [.. SiloOptionsValidator.Validate(Silo)];
        if (WithGateway is not null && !EndPointText.TryParseListen(WithGateway, out _))
        {
            errors.Add($"--with-gateway is '{WithGateway}'; allowed is {EndPointText.ListenAllowed}.");
        }

        if (WithRepository is not null && string.IsNullOrWhiteSpace(WithRepository))
        {
            errors.Add("--with-repository is empty; allowed is a directory.");
        }

        return errors;
    }
}
