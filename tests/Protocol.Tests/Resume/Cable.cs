using System.IO.Pipelines;
using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

/// <summary>A connection in memory between a client's leg and a server's, which can be cut after any byte, or swallow everything from now on.</summary>
internal sealed class Cable : IAsyncDisposable
{
    private readonly CancellationTokenSource _cut = new();
    private readonly Task _pumps;
    private volatile bool _isSwallowing;

    /// <param name="cutUp">Bytes from the client after which the cable is cut.</param>
    /// <param name="cutDown">Bytes from the server after which the cable is cut.</param>
    public Cable(long cutUp = long.MaxValue, long cutDown = long.MaxValue)
    {
        var options = new PipeOptions(useSynchronizationContext: false);
        var (clientOut, serverIn, serverOut, clientIn) = (new Pipe(options), new Pipe(options), new Pipe(options), new Pipe(options));
        Client = new ResumeLeg(clientIn.Reader, clientOut.Writer, Cut);
        Server = new ResumeLeg(serverIn.Reader, serverOut.Writer, Cut);
        _pumps = Task.WhenAll(
            Task.Run(() => PumpAsync(clientOut.Reader, serverIn.Writer, cutUp)),
            Task.Run(() => PumpAsync(serverOut.Reader, clientIn.Writer, cutDown)));
    }

    public ResumeLeg Client { get; }

    public ResumeLeg Server { get; }

    public CancellationToken WasCut => _cut.Token;

    public void Cut() => _cut.Cancel();

    /// <summary>Closes an end when its leg is over, in order, as its owner does.</summary>
    public static async Task<LegEnd> CarryAsync(Task<LegEnd> run, ResumeLeg leg)
    {
        var end = await run;
        await leg.Output.CompleteAsync();
        return end;
    }

    /// <summary>From now on nothing arrives, at either end, and nobody is told.</summary>
    public void Swallow() => _isSwallowing = true;

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _pumps;
    }

    private async Task PumpAsync(PipeReader from, PipeWriter to, long limit)
    {
        try
        {
            while (limit > 0)
            {
                var result = await from.ReadAsync(_cut.Token);
                foreach (var segment in result.Buffer)
                {
                    var piece = segment[..(int)Math.Min(limit, segment.Length)];
                    limit -= piece.Length;
                    if (!_isSwallowing && piece.Length > 0)
                    {
                        await to.WriteAsync(piece, _cut.Token);
                    }
                }

                from.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    // Closed in order: the other direction goes on.
                    return;
                }
            }

            Cut();
        }
        catch (OperationCanceledException)
        {
            // Cut.
        }
        finally
        {
            await to.CompleteAsync();
            await from.CompleteAsync();
        }
    }
}
