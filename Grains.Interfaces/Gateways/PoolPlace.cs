namespace Headgate.Grains;

/// <summary>A gateway among those of its pool, for whoever wants to know why lists are as they are.</summary>
/// <param name="Gateway">Its id.</param>
/// <param name="Place">By load: 1 is who the next run is sent to; null: in no list.</param>
/// <param name="Active">Connections being relayed.</param>
/// <param name="Promised">Connections sent to it and not accepted yet.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="Load">Active (or held, where that is more) and promised over weight.</param>
/// <param name="Why">Why it stands there, or in no list, as a sentence without its full stop.</param>
/// <param name="Held">Connections that repositories hold from it, where it says clearly less of itself; 0: its own word holds.</param>
[GenerateSerializer, Immutable, Alias("headgate.pool-place")]
public sealed record PoolPlace(
    string Gateway,
    int? Place,
    long Active,
    long Promised,
    int Weight,
    double Load,
    string Why,
    long Held = 0);
