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

    /// <summary>Ends it in order, so that the last frame arrives; for a leg whose session is over.</summary>
    public Task EndAsync(TimeSpan limit, TimeProvider time) => tls.EndAsync(limit, time);

    /// <summary>Ends it at once, unless <see cref="EndAsync"/> did.</summary>
    public ValueTask DisposeAsync()
    {
        tls.Abort();
        return tls.DisposeAsync();
    }
}
