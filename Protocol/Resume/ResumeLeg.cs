using System.IO.Pipelines;

namespace Headgate.Protocol.Resume;

/// <summary>One TLS connection that carries a session for a while. The caller opens and disposes of the connection; a leg serves once.</summary>
/// <param name="input">What comes from the peer.</param>
/// <param name="output">What goes to the peer.</param>
/// <param name="abort">Resets the connection at once, from any thread; must not block and may be called more than once.</param>
public sealed class ResumeLeg(PipeReader input, PipeWriter output, Action abort)
{
    private const int BufferBytes = 65536;
    private const int SmallestRead = 4096;

    internal PipeReader Input { get; } = input;

    internal PipeWriter Output { get; } = output;

    /// <summary>A leg over a stream, with buffers that suit it: large while bytes flow, none while nothing comes.</summary>
    /// <param name="stream">The TLS stream. Stays the caller's; must allow reads of zero bytes that wait for data, as <see cref="System.Net.Security.SslStream"/> does.</param>
    /// <param name="abort">As of the constructor.</param>
    public static ResumeLeg Over(Stream stream, Action abort) => new(
        PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferBytes, minimumReadSize: SmallestRead, leaveOpen: true, useZeroByteReads: true)),
        PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)),
        abort);

    /// <summary>Resets the connection. A caller's callback that throws keeps neither the session nor its loops: those are stopped by their own token.</summary>
    internal void Abort()
    {
        try
        {
            abort();
        }
        catch (Exception fault) when (LegFaults.IsOfTheLeg(fault))
        {
            // The connection is gone already.
        }
    }
}
