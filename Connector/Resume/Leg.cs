using Headgate.Connector.Bootstrap;
using Headgate.Protocol.Resume;

namespace Headgate.Connector.Resume;

/// <summary>A TLS connection to the run's repository that carries a stream for a while. Owns the connection.</summary>
internal sealed class Leg(TlsConnection tls, string gateway, long began) : IAsyncDisposable
{
    /// <summary>The connection as the protocol sees it.</summary>
    public ResumeLeg Frames { get; } = ResumeLeg.Over(tls.Stream, tls.Abort);

    /// <summary>The gateway's id.</summary>
    public string Gateway => gateway;

    /// <summary>When it was opened: a timestamp of the clock.</summary>
    public long Began => began;

    /// <summary>Where it was dialled.</summary>
    public string Where => tls.Endpoint.ToString();

    /// <summary>Ends it at once: nothing that is worth anything is on its way any more.</summary>
    public ValueTask DisposeAsync()
    {
        tls.Abort();
        return tls.DisposeAsync();
    }
}
