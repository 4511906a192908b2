using System.Net;
using Headgate.Connector.Bootstrap;
using Headgate.Protocol.Enrolment;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>What the light connectors of one enrolled machine share: its identity, the way to the provider, and one conversation with the tenant API.</summary>
internal sealed class LightMachine : IDisposable
{
    private readonly ProgramIdentity _identity;
    private readonly TenantApiClient _api;

    public LightMachine(World world, Machine machine)
    {
        _identity = machine.Identity();
        HostName = machine.HostName;
        Folder = machine.Folder;
        Names = new NameResolver(new Dictionary<string, IReadOnlyList<IPAddress>>(StringComparer.Ordinal)
        {
            ["cc." + World.Zone] = [.. world.GatewayNames.Select(gateway => IPAddress.Parse(world.AddressOf(gateway)))],
        });
        Dialer = new TlsDialer(_identity, DialTimeouts.Default, TimeProvider.System);
        _api = new TenantApiClient(Dialer, new ProviderAddresses(_identity, Names, () => null), TimeProvider.System);
    }

    public string HostName { get; }

    public string Folder { get; }

    /// <summary>Who it is, <c>tenant/connector</c>.</summary>
    public string Connector => _identity.Identity.Id;

    public INameResolver Names { get; }

    public TlsDialer Dialer { get; }

    public ITenantApi Api => _api;

    public void Dispose()
    {
        _api.Dispose();
        _identity.Dispose();
    }
}
