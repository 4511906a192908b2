namespace Headgate.Silo.EdgeApi;

/// <summary>
/// Streams that one program has open. It needs one, and a second while the first is not known to be broken; the oldest gives way to one too many, so that a
/// program is never locked out by its own past. Safe for concurrent use.
/// </summary>
internal sealed class StreamPlaces
{
    /// <summary>Streams of one program at once.</summary>
    public const int PerProgram = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Place>> _byProgram = new(StringComparer.Ordinal);

    /// <summary>Takes a place until it is disposed.</summary>
    public Place Take(string program)
    {
        var place = new Place(this, program);
        Place? oldest = null;
        lock (_lock)
        {
            if (!_byProgram.TryGetValue(program, out var places))
            {
                _byProgram[program] = places = [];
            }

            places.Add(place);
            if (places.Count > PerProgram)
            {
                oldest = places[0];
                places.RemoveAt(0);
            }
        }

        oldest?.GiveWay();
        return place;
    }

    private void Leave(Place place)
    {
        lock (_lock)
        {
            if (_byProgram.TryGetValue(place.Program, out var places) && places.Remove(place) && places.Count == 0)
            {
                _byProgram.Remove(place.Program);
            }
        }
    }

    /// <summary>One stream's place.</summary>
    internal sealed class Place(StreamPlaces owner, string program) : IDisposable
    {
        private readonly CancellationTokenSource _replaced = new();

        public string Program => program;

        /// <summary>A newer stream of the same program has the place.</summary>
        public CancellationToken Replaced => _replaced.Token;

        // Not disposed: it owns no timer, and the newer stream may be about to cancel it.
        public void Dispose() => owner.Leave(this);

        internal void GiveWay() => _replaced.Cancel();
    }
}
