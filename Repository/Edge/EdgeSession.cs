using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;

namespace Headgate.Repository.Edge;

/// <summary>The client of the edge API, under the current certificate. Safe for concurrent use.</summary>
internal sealed class EdgeSession : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<EdgeClient> _retired = [];
    private CancellationTokenSource _renewed = new();
    private volatile EdgeClient _client;

    public EdgeSession(ProgramIdentity identity, TimeProvider time)
    {
        _time = time;
        _client = new EdgeClient(identity, time);
    }

    /// <summary>The client now. Not to be kept across awaits that may last.</summary>
    public EdgeClient Client => _client;

    /// <summary>Cancelled when the certificate was renewed: what lasts should begin again.</summary>
    public CancellationToken Renewed
    {
        get
        {
            lock (_gate)
            {
                return _renewed.Token;
            }
        }
    }

    /// <summary>Goes on under a new certificate.</summary>
    public void Renew(ProgramIdentity identity)
    {
        CancellationTokenSource before;
        lock (_gate)
        {
            // Requests under way end on the old client; one is retired every two months, and goes with the process.
            _retired.Add(_client);
            _client = new EdgeClient(identity, _time);
            before = _renewed;
            _renewed = new CancellationTokenSource();
        }

        before.Cancel();
        before.Dispose();
    }

    public void Dispose()
    {
        foreach (var client in _retired)
        {
            client.Dispose();
        }

        _client.Dispose();
        _renewed.Dispose();
    }
}
