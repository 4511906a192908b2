using Headgate.Protocol.Edge;

namespace Headgate.Silo.Tests.Api;

/// <summary>A stream being read, comments apart.</summary>
internal sealed class Events(IAsyncEnumerable<EdgeEvent> stream) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<EdgeEvent> _events = stream.GetAsyncEnumerator();

    public async Task<EdgeEvent> NextAsync()
    {
        while (await _events.MoveNextAsync())
        {
            if (!ReferenceEquals(_events.Current, EdgeEvent.Heard))
            {
                return _events.Current;
            }
        }

        throw new InvalidOperationException("The stream ended.");
    }

    public async Task<EdgeEvent> NextAsync(string kind, List<EdgeEvent>? seen = null)
    {
        while (true)
        {
            var next = await NextAsync();
            seen?.Add(next);
            if (next.Kind == kind)
            {
                return next;
            }
        }
    }

    public async Task HeardAsync()
    {
        while (await _events.MoveNextAsync())
        {
            if (ReferenceEquals(_events.Current, EdgeEvent.Heard))
            {
                return;
            }
        }

        throw new InvalidOperationException("The stream ended.");
    }

    public async Task<bool> EndsAsync()
    {
        try
        {
            while (await _events.MoveNextAsync())
            {
            }
        }
        catch (HttpRequestException)
        {
            // Broken off: ended as well.
        }

        return true;
    }

    public ValueTask DisposeAsync() => _events.DisposeAsync();
}
