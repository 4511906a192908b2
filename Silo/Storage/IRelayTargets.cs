using Headgate.Protocol.Edge;
using Headgate.Silo.Certificates;

namespace Headgate.Silo.Storage;

/// <summary>The relay targets that are no repositories: the tenant API, and the tenants' site where there is one. Known to whoever listens.</summary>
internal interface IRelayTargets
{
    /// <summary>The targets with <paramref name="gateway"/>'s keys.</summary>
    IReadOnlyList<RelayTarget> For(ProxyEnd gateway);
}
