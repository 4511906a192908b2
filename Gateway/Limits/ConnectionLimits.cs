namespace Headgate.Gateway.Limits;

/// <summary>How many connections may be open: in all, of one source, and not yet led anywhere. Safe for concurrent use.</summary>
internal sealed class ConnectionLimits(int maxConnections, int maxPerSource, int maxHandshakes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SourceKey, int> _perSource = [];
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
        get { lock (_lock) { return _perSource.Count; } }
    }

    /// <summary>Counts a connection in. On true the caller disposes <paramref name="admission"/>; on false <paramref name="refusal"/> says which limit stands.</summary>
    public bool TryAdmit(SourceKey source, out Admission? admission, out Refusal refusal)
    {
        admission = null;
        refusal = default;
        lock (_lock)
        {
            var ofSource = _perSource.GetValueOrDefault(source);
            if (_open >= maxConnections)
            {
                refusal = Refusal.ConnectionLimit;
                return false;
            }

            if (ofSource >= maxPerSource)
            {
                refusal = Refusal.SourceLimit;
                return false;
            }

            if (_handshakes >= maxHandshakes)
            {
                refusal = Refusal.HandshakeLimit;
                return false;
            }

            _open++;
            _handshakes++;
            _perSource[source] = ofSource + 1;
        }

        admission = new Admission(this, source);
        return true;
    }

    /// <summary>One admitted connection. Not safe for concurrent use.</summary>
    internal sealed class Admission(ConnectionLimits limits, SourceKey source) : IDisposable
    {
        private bool _inHandshake = true;
        private bool _disposed;

        /// <summary>The connection has been led to its target; it no longer counts as a handshake.</summary>
        public void HandshakeDone()
        {
            if (_inHandshake)
            {
                _inHandshake = false;
                lock (limits._lock)
                {
                    limits._handshakes--;
                }
            }
        }

        public void Dispose()
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            HandshakeDone();
            lock (limits._lock)
            {
                limits._open--;
                if (--limits._perSource[source] is var left && left == 0)
                {
                    limits._perSource.Remove(source);
                }
            }
        }
    }
}
