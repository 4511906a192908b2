using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Forwarding;

/// <summary>The run's way to its repository, as the attempts see it.</summary>
internal interface IAttemptRoute
{
    /// <summary>The gateways in use.</summary>
    GatewayOrder Order { get; }

    /// <summary>Connections opened from here on use <paramref name="ticket"/> and are recorded in the record that is returned.</summary>
    AttemptRecord Begin(RunTicket ticket);

    /// <summary>The value of <c>RESTIC_REPOSITORY</c>. A secret.</summary>
    string RepositoryUrl(string path);
}
