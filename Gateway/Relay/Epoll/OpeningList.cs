namespace Headgate.Gateway.Relay.Epoll;

/// <summary>A loop's connections whose relay has not begun, in the order they came, linked through their <see cref="Opening"/>s, which are used again.</summary>
internal sealed class OpeningList
{
    private const int MostSpare = 64;

    private readonly Stack<Opening> _spare = new();
    private EdgeConnection? _last;

    /// <summary>The one that came first; its <see cref="Opening.Later"/> leads on.</summary>
    public EdgeConnection? First { get; private set; }

    /// <summary>Gives the connection an opening.</summary>
    public void Add(EdgeConnection connection)
    {
        if (!_spare.TryPop(out var opening))
        {
            opening = new Opening();
        }

        connection.Opening = opening;
        opening.Earlier = _last;
        if (_last is null)
        {
            First = connection;
        }
        else
        {
            _last.Opening!.Later = connection;
        }

        _last = connection;
    }

    /// <summary>Takes the opening from the connection.</summary>
    public void Remove(EdgeConnection connection)
    {
        var opening = connection.Opening!;
        connection.Opening = null;
        if (opening.Earlier is { } earlier)
        {
            earlier.Opening!.Later = opening.Later;
        }
        else
        {
            First = opening.Later;
        }

        if (opening.Later is { } later)
        {
            later.Opening!.Earlier = opening.Earlier;
        }
        else
        {
            _last = opening.Earlier;
        }

        opening.Earlier = opening.Later = null;
        opening.Clear();
        if (_spare.Count < MostSpare)
        {
            _spare.Push(opening);
        }
    }
}
