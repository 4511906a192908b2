using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;

namespace Headgate.Gateway.Routing;

/// <summary>The silo by way of its edge API. The certificate can be replaced while it is in use.</summary>
internal sealed class EdgeSilo(ProgramIdentity identity, TimeProvider time) : ISilo, IDisposable
{
    private EdgeClient _client = new(identity, time);
    private ProgramIdentity _identity = identity;

    /// <summary>Who this gateway is.</summary>
    public ProgramIdentity Identity => Volatile.Read(ref _identity);

    public IAsyncEnumerable<EdgeEvent> StreamAsync(long? after, CancellationToken cancellationToken) =>
        Client.StreamAsync(after, cancellationToken);

    public Task<GatewayRoute?> LookUpAsync(string serverName, CancellationToken cancellationToken) =>
        Client.GetAsync<GatewayRoute>(EdgeRoutes.Routes + serverName, cancellationToken);

    public Task<GatewayHeartbeatAnswer> HeartbeatAsync(GatewayHeartbeat heartbeat, CancellationToken cancellationToken) =>
        Client.PostAsync<GatewayHeartbeat, GatewayHeartbeatAnswer>(EdgeRoutes.GatewayHeartbeat, heartbeat, cancellationToken);

    /// <summary>Asks for the next certificate, for a key whose signing request is <paramref name="csr"/>.</summary>
    public Task<EnrolmentAnswer> RenewAsync(string csr, CancellationToken cancellationToken) =>
        Client.PostAsync<RenewalRequest, EnrolmentAnswer>(EdgeRoutes.Renew, new RenewalRequest(csr), cancellationToken);

    /// <summary>Goes on with another certificate. Connections under the old one end; the stream comes back under the new one.</summary>
    public void Replace(ProgramIdentity next)
    {
        Volatile.Write(ref _identity, next);
        Interlocked.Exchange(ref _client, new EdgeClient(next, time)).Dispose();
    }

    public void Dispose() => Client.Dispose();

    private EdgeClient Client => Volatile.Read(ref _client);
}
