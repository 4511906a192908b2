using System.Runtime.InteropServices;

namespace Headgate.Gateway.Limits;

/// <summary>
/// How many connections may be open: in all, of one source, of one tenant, and not led anywhere yet (in all and of one source). Safe for concurrent use.
/// One lock for all of it, held for three dictionary look-ups: about 0.2 us a connection, and no allocation once the dictionaries have grown. Sources and
/// tenants are remembered only while they have a connection, so <paramref name="maxConnections"/> bounds the memory too.
/// </summary>
/// <param name="maxConnections">In all.</param>
/// <param name="maxPerSource">Of one source that is not exempt.</param>
/// <param name="maxHandshakes">Not led anywhere yet.</param>
/// <param name="maxPerTenant">Of one tenant.</param>
/// <param name="maxHandshakesPerSource">Not led anywhere yet, of one source that is not exempt.</param>
/// <param name="exempt">Sources without limits of their own; null: none.</param>
internal sealed class ConnectionLimits(
    int maxConnections,
    int maxPerSource,
    int maxHandshakes,
    int maxPerTenant = int.MaxValue,
    int maxHandshakesPerSource = int.MaxValue,
    SourceNetworks? exempt = null)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SourceKey, OfSource> _sources = [];
    private readonly Dictionary<string, int> _tenants = new(StringComparer.Ordinal);
    private readonly SourceNetworks _exempt = exempt ?? SourceNetworks.None;
    private int _open;
    private int _handshakes;

    /// <summary>Connections admitted and not given back.</summary>
    public int Open
    {
        get { lock (_lock) { return _open; } }
    }

    /// <summary>Admitted connections that have not been led anywhere yet.</summary>
    public int Handshakes
    {
        get { lock (_lock) { return _handshakes; } }
    }

    /// <summary>Sources with an open connection.</summary>
    public int Sources
    {
        get { lock (_lock) { return _sources.Count; } }
    }

    /// <summary>Tenants with an open connection.</summary>
    public int Tenants
    {
        get { lock (_lock) { return _tenants.Count; } }
    }

    /// <summary>Counts a connection in. On true the caller disposes <paramref name="admission"/>; on false <paramref name="refusal"/> says which limit stands.</summary>
    public bool TryAdmit(SourceKey source, out Admission admission, out Refusal refusal) => TryAdmit(source, maxHandshakes, out admission, out refusal);

    /// <summary>
    /// The same, after <see cref="Refusal.HandshakeLimit"/>, for a caller that ended another connection's wait for its hello instead (whose own place comes
    /// back when it is disposed, maybe a moment later). A client sends its hello with the last packet of its connect, so ending the one that has waited
    /// longest hits dawdlers, and those who only hold places cannot keep out those who come to be served.
    /// </summary>
    public bool TryAdmitInstead(SourceKey source, out Admission admission, out Refusal refusal) => TryAdmit(source, int.MaxValue, out admission, out refusal);

    /// <summary>Turns a handshake into a connection of <paramref name="tenant"/>; false when that has as many as it may.</summary>
    internal bool TryLead(SourceKey source, string? tenant)
    {
        lock (_lock)
        {
            if (tenant is not null)
            {
                ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_tenants, tenant, out _);
                if (count >= maxPerTenant)
                {
                    return false;
                }

                count++;
            }

            _handshakes--;
            ref var ofSource = ref CollectionsMarshal.GetValueRefOrNullRef(_sources, source);
            ofSource = new OfSource(ofSource.Open, ofSource.Handshakes - 1);
            return true;
        }
    }

    /// <summary>Counts a connection out.</summary>
    internal void Leave(SourceKey source, bool isHandshake, string? tenant)
    {
        lock (_lock)
        {
            _open--;
            _handshakes -= isHandshake ? 1 : 0;
            ref var ofSource = ref CollectionsMarshal.GetValueRefOrNullRef(_sources, source);
            ofSource = new OfSource(ofSource.Open - 1, ofSource.Handshakes - (isHandshake ? 1 : 0));
            if (ofSource.Open == 0)
            {
                _sources.Remove(source);
            }

            if (tenant is not null)
            {
                ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(_tenants, tenant);
                if (--count == 0)
                {
                    _tenants.Remove(tenant);
                }
            }
        }
    }

    private bool TryAdmit(SourceKey source, int handshakes, out Admission admission, out Refusal refusal)
    {
        admission = default;
        refusal = default;
        var isExempt = _exempt.Contains(source);
        lock (_lock)
        {
            if (_open >= maxConnections)
            {
                refusal = Refusal.ConnectionLimit;
                return false;
            }

            // What one source does is named first: it is refused for that, however full the gateway is with others.
            var ofSource = _sources.GetValueOrDefault(source);
            if (!isExempt && ofSource.Open >= maxPerSource)
            {
                refusal = Refusal.SourceLimit;
                return false;
            }

            if (!isExempt && ofSource.Handshakes >= maxHandshakesPerSource)
            {
                refusal = Refusal.SourceHandshakeLimit;
                return false;
            }

            if (_handshakes >= handshakes)
            {
                refusal = Refusal.HandshakeLimit;
                return false;
            }

            _open++;
            _handshakes++;
            _sources[source] = new OfSource(ofSource.Open + 1, ofSource.Handshakes + 1);
        }

        admission = new Admission(this, source);
        return true;
    }

    private readonly record struct OfSource(int Open, int Handshakes);
}
