using System.Runtime.CompilerServices;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;

namespace Headgate.Gateway.Routing;

/// <summary>The silo by way of its edge API. The certificate can be replaced while it is in use.</summary>
internal sealed class EdgeSilo(ProgramIdentity identity, TimeProvider time) : ISilo, IDisposable
{
    private Session _session = new(identity, time);

    /// <summary>Who this gateway is.</summary>
    public ProgramIdentity Identity => Current.Identity;

    private Session Current => Volatile.Read(ref _session);

    public async IAsyncEnumerable<EdgeEvent> StreamAsync(long? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var session = Current;
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Replaced);
        await foreach (var happened in session.Client.StreamAsync(after, both.Token))
        {
            yield return happened;
        }
    }

    public Task<GatewayRoute?> LookUpAsync(string serverName, CancellationToken cancellationToken) =>
        Current.Client.GetAsync<GatewayRoute>(EdgeRoutes.Routes + serverName, cancellationToken);

    public Task<GatewayHeartbeatAnswer> HeartbeatAsync(GatewayHeartbeat heartbeat, CancellationToken cancellationToken) =>
        Current.Client.PostAsync<GatewayHeartbeat, GatewayHeartbeatAnswer>(EdgeRoutes.GatewayHeartbeat, heartbeat, cancellationToken);

    /// <summary>What this gateway has to do about the roots that the silo named last.</summary>
    public AuthorityNeed Need => AuthorityNews.NeedOf(Current.Identity, Current.Client.Announced);

    /// <summary>Completes when the silo names roots that something has to be done about.</summary>
    public Task News => Current.Client.News;

    /// <summary>The roots that are trusted, as PEM.</summary>
    public Task<string> AuthoritiesAsync(CancellationToken cancellationToken) => Current.Client.AuthoritiesAsync(cancellationToken);

    /// <summary>Asks for the next certificate, for a key whose signing request is <paramref name="csr"/>.</summary>
    public Task<EnrolmentAnswer> RenewAsync(string csr, CancellationToken cancellationToken) =>
        Current.Client.PostAsync<RenewalRequest, EnrolmentAnswer>(EdgeRoutes.Renew, new RenewalRequest(csr), cancellationToken);

    /// <summary>Goes on with another certificate. What runs under the old one ends as cancelled; the stream comes back under the new one.</summary>
    public void Replace(ProgramIdentity next) => Interlocked.Exchange(ref _session, new Session(next, time)).Dispose();

    public void Dispose() => Current.Dispose();

    /// <summary>One certificate and its connections.</summary>
    private sealed class Session : IDisposable
    {
        private readonly CancellationTokenSource _replaced = new();

        public Session(ProgramIdentity identity, TimeProvider time)
        {
            Identity = identity;
            Client = new EdgeClient(identity, time);
            Replaced = _replaced.Token;
        }

        public ProgramIdentity Identity { get; }

        public EdgeClient Client { get; }

        /// <summary>Outlives the session: whoever fetched it just before still sees that it ended.</summary>
        public CancellationToken Replaced { get; }

        public void Dispose()
        {
            // Not disposed afterwards: streams still hold links to it, and it owns no handle.
            _replaced.Cancel();
            Client.Dispose();
        }
    }
}
